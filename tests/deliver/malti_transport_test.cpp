#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "deliver/malti/transport.h"
#include "tests/deliver/batches.h"
#include "tests/deliver/transports.h"
#include "tests/doubles/scripted_backend.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::deliver::malti {
namespace {

using namespace std::chrono_literals;
using doubles::Behaviour;

std::string fragment(const std::string& context) {
  return R"({"service":"orders","node":"n","method":"GET","endpoint":"/","status":200,"response_time":1,)"
         R"("consumer":"c","context":")" +
         context + R"(","created_at":"2026-01-01T12:00:00.000000Z"},)";
}

class MaltiTransportTest : public ::testing::Test {
 protected:
  ~MaltiTransportTest() override {
    for (std::thread& worker : workers_) worker.join();
  }
  net::HttpClientOptions client(const std::string& path = {}) {
    net::HttpClientOptions options;
    options.url = net::parse_url(backend_.url() + path).value();
    options.timeout = 5s;
    options.via = "test";
    return options;
  }
  std::unique_ptr<MaltiTransport> transport(SecretSource key) {
    return std::make_unique<MaltiTransport>(loop_.io(), client(), std::move(key),
                                            [this](std::function<void()> work) {
                                              workers_.emplace_back([this, work = std::move(work)] {
                                                work();
                                                ++finished_;
                                              });
                                            });
  }
  static SecretSource key(const std::string& text) { return {.file = {}, .secret = Secret(text)}; }

  Loop loop_;
  doubles::ScriptedBackend backend_;
  doubles::TemporaryFolder folder_;
  std::string key_path_ = folder_ / "key";
  std::atomic<int> finished_ = 0;
  std::vector<std::thread> workers_;
};

TEST_F(MaltiTransportTest, DeliversABatchOfSeveralSlicesAsOneDocument) {
  const auto way = transport(key("key-orders"));
  const Judgement answer = loop_.send(*way, make_batch({{fragment("a"), fragment("b")}, {fragment("c")}}));
  EXPECT_EQ(answer.verdict, Verdict::delivered) << answer.why;
  EXPECT_EQ(backend_.contexts(), (std::set<std::string>{"a", "b", "c"}));
  const auto requests = backend_.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/api/v1/ingest");
  EXPECT_EQ(requests[0].headers.at("content-type"), "application/json");
  EXPECT_EQ(requests[0].headers.at("x-api-key"), "key-orders");
  const std::string all = fragment("a") + fragment("b") + fragment("c");
  EXPECT_EQ(requests[0].body, R"({"requests":[)" + all.substr(0, all.size() - 1) + "]}");
}

TEST_F(MaltiTransportTest, SendsOnlyTheBatchsPartOfASegment) {
  const auto way = transport(key("key-orders"));
  Batch batch = make_batch({{fragment("a"), fragment("b"), fragment("c")}});
  batch.slices[0].first = 1;
  batch.slices[0].last = 2;
  batch.records = 1;
  EXPECT_EQ(loop_.send(*way, batch).verdict, Verdict::delivered);
  EXPECT_EQ(backend_.contexts(), std::set<std::string>{"b"});
}

TEST_F(MaltiTransportTest, SendsNothingWithoutAKey) {
  const auto way = transport(key(""));
  const Judgement answer = loop_.send(*way, make_batch({{fragment("a")}}));
  EXPECT_EQ(answer.verdict, Verdict::blocked_key);
  EXPECT_EQ(answer.why, "no key");
  EXPECT_EQ(backend_.connections(), 0U);
}

TEST_F(MaltiTransportTest, ANewKeyCountsFromTheNextRequestOn) {
  const auto way = transport(key("wrong"));
  const Judgement refused = loop_.send(*way, make_batch({{fragment("a")}}));
  EXPECT_EQ(refused.verdict, Verdict::blocked_key);
  EXPECT_EQ(refused.why, "key refused (401 Invalid API key)");
  way->set_key(key("key-orders"));
  EXPECT_EQ(loop_.send(*way, make_batch({{fragment("a")}})).verdict, Verdict::delivered);
}

TEST_F(MaltiTransportTest, TellsThatAnAnswerWasLost) {
  backend_.next(doubles::lost_answer());
  const auto way = transport(key("key-orders"));
  const Judgement answer = loop_.send(*way, make_batch({{fragment("a")}}));
  EXPECT_EQ(answer.verdict, Verdict::back_off);
  EXPECT_TRUE(answer.why.starts_with("no answer (")) << answer.why;
  EXPECT_TRUE(answer.outcome_unknown);
}

TEST_F(MaltiTransportTest, ReadsItsKeyFileAgain) {
  doubles::write_file(key_path_, "old\n");
  const auto way = transport({.file = key_path_, .secret = Secret("old")});
  EXPECT_FALSE(loop_.read_key(*way));
  doubles::write_file(key_path_, "key-orders\r\n");
  EXPECT_TRUE(loop_.read_key(*way));
  EXPECT_EQ(loop_.send(*way, make_batch({{fragment("a")}})).verdict, Verdict::delivered);
  EXPECT_FALSE(loop_.read_key(*way));
}

TEST_F(MaltiTransportTest, KeepsItsKeyWhenTheFileIsOfNoUse) {
  const auto way = transport({.file = key_path_, .secret = Secret("key-orders")});
  EXPECT_FALSE(loop_.read_key(*way));
  for (const std::string& text : {std::string(), std::string(" \n"), std::string(70'000, 'k')}) {
    doubles::write_file(key_path_, text);
    EXPECT_FALSE(loop_.read_key(*way));
  }
  EXPECT_EQ(loop_.send(*way, make_batch({{fragment("a")}})).verdict, Verdict::delivered);
}

TEST_F(MaltiTransportTest, AKeyThatIsInNoFileNeverChangesByItself) {
  const auto way = transport(key("key-orders"));
  EXPECT_FALSE(loop_.read_key(*way));
  EXPECT_TRUE(workers_.empty());
}

TEST_F(MaltiTransportTest, AReloadsKeyWinsOverOneThatIsBeingRead) {
  doubles::write_file(key_path_, "from-file");
  const auto way = transport({.file = key_path_, .secret = Secret("old")});
  std::optional<bool> changed;
  way->read_key([&](bool now) { changed = now; });
  way->set_key(key("key-orders"));
  ASSERT_TRUE(loop_.run_until([&] { return changed.has_value(); }));
  EXPECT_FALSE(*changed);
  EXPECT_EQ(loop_.send(*way, make_batch({{fragment("a")}})).verdict, Verdict::delivered);
}

TEST_F(MaltiTransportTest, EndsOpenRequestsWhenItStops) {
  backend_.next(doubles::of_kind(Behaviour::Kind::hang));
  const auto way = transport(key("key-orders"));
  std::optional<Judgement> answer;
  way->send(make_batch({{fragment("a")}}), [&](Judgement judgement) { answer = std::move(judgement); });
  ASSERT_TRUE(loop_.run_until([&] { return backend_.request_count() == 1; }));
  way->stop();
  ASSERT_TRUE(loop_.run_until([&] { return answer.has_value(); }));
  EXPECT_EQ(answer->verdict, Verdict::back_off);
  EXPECT_TRUE(answer->outcome_unknown);
}

TEST_F(MaltiTransportTest, CallsNobodyOnceItIsGone) {
  doubles::write_file(key_path_, "new");
  bool called = false;
  {
    const auto way = transport({.file = key_path_, .secret = Secret("old")});
    way->read_key([&](bool) { called = true; });
    way->send(make_batch({{fragment("a")}}), [&](const Judgement&) { called = true; });
    way->set_key(key(""));
    way->send(make_batch({{fragment("a")}}), [&](const Judgement&) { called = true; });
  }
  ASSERT_TRUE(loop_.run_until([&] { return finished_ == 1; }));
  loop_.drain();
  EXPECT_FALSE(called);
}

TEST_F(MaltiTransportTest, AnEmptyBatchTellsAGoodKeyFromABadOneAndWritesNothing) {
  const auto way = transport(key("wrong"));
  ASSERT_TRUE(way->can_probe());
  EXPECT_EQ(loop_.probe(*way).why, "key refused (401 Invalid API key)");
  way->set_key(key("key-orders"));
  EXPECT_EQ(loop_.probe(*way).verdict, Verdict::delivered);
  const auto requests = backend_.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].body, R"({"requests":[]})");
  EXPECT_EQ(requests[1].headers.at("x-api-key"), "key-orders");
  EXPECT_EQ(backend_.stored_records(), 0U);
}

TEST_F(MaltiTransportTest, AsksNobodyWithoutAKey) {
  const auto way = transport(key(""));
  EXPECT_EQ(loop_.probe(*way).why, "no key");
  EXPECT_EQ(backend_.connections(), 0U);
}

TEST_F(MaltiTransportTest, TellsWhoeverWantsItHowTheKeyFares) {
  const auto way = transport(key("wrong"));
  std::vector<KeyNews> news;
  way->on_key_news([&](const KeyNews& now) { news.push_back(now); });
  (void)loop_.send(*way, make_batch({{fragment("a")}}));
  (void)loop_.probe(*way);
  backend_.next(doubles::answer(503));
  (void)loop_.probe(*way);
  way->set_key(key("key-orders"));
  (void)loop_.probe(*way);
  (void)loop_.send(*way, make_batch({{fragment("a")}}));
  ASSERT_EQ(news.size(), 4U);
  for (const std::size_t refused : {0U, 1U}) {
    EXPECT_FALSE(news[refused].good);
    EXPECT_EQ(news[refused].status, 401);
    EXPECT_EQ(news[refused].detail, "Invalid API key");
  }
  EXPECT_TRUE(news[2].good);
  EXPECT_TRUE(news[3].good);
}

TEST_F(MaltiTransportTest, AFileOfAFolderOfKeysIsReadAgainUnlessItBecameALink) {
  doubles::write_file(key_path_, "key-orders\n");
  const auto way = transport({.file = key_path_, .secret = Secret("old"), .links = Links::refused});
  EXPECT_TRUE(loop_.read_key(*way));
  doubles::write_file(folder_ / "elsewhere", "another");
  ASSERT_EQ(::unlink(key_path_.c_str()), 0);
  ASSERT_EQ(::symlink("elsewhere", key_path_.c_str()), 0);
  EXPECT_FALSE(loop_.read_key(*way));
  EXPECT_EQ(loop_.probe(*way).verdict, Verdict::delivered) << "the key that it had";
}

}  // namespace
}  // namespace pannier::deliver::malti
