#include <thread>

#include "deliver/otlp/transport.h"
#include "tests/deliver/batches.h"
#include "tests/deliver/otlp_records.h"
#include "tests/deliver/transports.h"
#include "tests/doubles/scripted_backend.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::deliver::otlp {
namespace {

using namespace std::chrono_literals;
using doubles::Behaviour;

class OtlpTransportTest : public ::testing::Test {
 protected:
  ~OtlpTransportTest() override {
    for (std::thread& worker : workers_) worker.join();
  }
  static std::string fragment(const std::string& context, Encoding encoding) {
    record::Record record = plain_record();
    record.context = context;
    return fragment_of(record, encoding);
  }
  static Batch batch_of(const std::vector<std::vector<std::string>>& contexts,
                        Encoding encoding = Encoding::protobuf) {
    std::vector<std::vector<std::string>> slices;
    for (const auto& slice : contexts) {
      auto& fragments = slices.emplace_back();
      for (const std::string& context : slice) fragments.push_back(fragment(context, encoding));
    }
    return make_batch(slices, static_cast<std::uint8_t>(encoding));
  }
  net::HttpClientOptions client(const std::string& path = {}) {
    net::HttpClientOptions options;
    options.url = net::parse_url(backend_.url() + path).value();
    options.timeout = 5s;
    options.via = "test";
    return options;
  }
  std::unique_ptr<OtlpTransport> transport(bool gzip = true, SecretSource key = inline_key("key-orders"),
                                           const std::string& path = {}) {
    return std::make_unique<OtlpTransport>(
        loop_.io(), client(path), gzip, std::move(key),
        [this](std::function<void()> work) { workers_.emplace_back(std::move(work)); });
  }
  static SecretSource inline_key(const std::string& text) { return {.file = {}, .secret = Secret(text)}; }

  Loop loop_;
  doubles::ScriptedBackend backend_;
  doubles::TemporaryFolder folder_;
  std::vector<std::thread> workers_;
};

TEST_F(OtlpTransportTest, DeliversABatchOfSeveralSlicesInEachEncodingPackedOrNot) {
  for (const Encoding encoding : {Encoding::protobuf, Encoding::json})
    for (const bool gzip : {true, false}) {
      const auto way = transport(gzip);
      const std::size_t before = backend_.request_count();
      const Judgement answer = loop_.send(*way, batch_of({{"a", "b"}, {"c"}}, encoding));
      EXPECT_EQ(answer.verdict, Verdict::delivered) << answer.why;
      const auto requests = backend_.requests();
      ASSERT_EQ(requests.size(), before + 1);
      const auto& request = requests.back();
      EXPECT_EQ(request.records, 3U);
      EXPECT_EQ(request.target, "/v1/traces");
      EXPECT_EQ(request.headers.at("authorization"), "key-orders");
      EXPECT_EQ(request.headers.at("content-type"),
                encoding == Encoding::json ? "application/json" : "application/x-protobuf");
      EXPECT_EQ(request.headers.contains("content-encoding"), gzip);
    }
  EXPECT_EQ(backend_.contexts(), (std::set<std::string>{"a", "b", "c"}));
}

TEST_F(OtlpTransportTest, TheTargetIsAppendedUnlessTheAddressEndsSo) {
  for (const char* path : {"", "/", "/v1/traces", "/v1/traces/"}) {
    const auto way = transport(true, inline_key("key-orders"), path);
    EXPECT_EQ(loop_.send(*way, batch_of({{"a"}})).verdict, Verdict::delivered) << path;
  }
  const auto below = transport(true, inline_key("key-orders"), "/otlp");
  EXPECT_EQ(loop_.send(*below, batch_of({{"a"}})).why, "address (404)");
}

TEST_F(OtlpTransportTest, SendsNothingWithoutAKey) {
  const auto way = transport(true, inline_key(""));
  const Judgement answer = loop_.send(*way, batch_of({{"a"}}));
  EXPECT_EQ(answer.verdict, Verdict::blocked_key);
  EXPECT_EQ(answer.why, "no key");
  EXPECT_EQ(backend_.connections(), 0U);
}

TEST_F(OtlpTransportTest, PacksABatchOnceForAllItsAttempts) {
  backend_.next(doubles::answer(503));
  const auto way = transport();
  const Batch batch = batch_of({{"a"}, {"b"}});
  EXPECT_EQ(loop_.send(*way, batch).verdict, Verdict::back_off);
  const auto packed = batch.packed;
  ASSERT_TRUE(packed);
  EXPECT_EQ(loop_.send(*way, batch).verdict, Verdict::delivered);
  EXPECT_EQ(batch.packed, packed);
  EXPECT_EQ(backend_.requests()[0].body, backend_.requests()[1].body);
  const auto [first, second] = batch.halves();
  EXPECT_FALSE(first.packed);
  EXPECT_FALSE(batch.without(std::vector<std::uint32_t>{0}).packed);
}

TEST_F(OtlpTransportTest, WhereNoGzipIsTakenItSendsPlainFromThenOn) {
  backend_.refuse_gzip();
  const auto way = transport();
  const Batch batch = batch_of({{"a"}});
  EXPECT_EQ(loop_.send(*way, batch).verdict, Verdict::send_again);
  EXPECT_EQ(loop_.send(*way, batch).verdict, Verdict::delivered);
  EXPECT_EQ(loop_.send(*way, batch_of({{"b"}})).verdict, Verdict::delivered);
  ASSERT_EQ(backend_.request_count(), 3U);
  EXPECT_FALSE(backend_.requests()[1].headers.contains("content-encoding"));
  EXPECT_FALSE(backend_.requests()[2].headers.contains("content-encoding"));
}

TEST_F(OtlpTransportTest, WhatIsRefusedPlainTooIsTheAddressesFault) {
  backend_.next(doubles::answer(415).for_ever());
  const auto way = transport();
  const Batch batch = batch_of({{"a"}});
  EXPECT_EQ(loop_.send(*way, batch).verdict, Verdict::send_again);
  const Judgement second = loop_.send(*way, batch);
  EXPECT_EQ(second.verdict, Verdict::blocked);
  EXPECT_EQ(second.why, "address (415)");
}

TEST_F(OtlpTransportTest, AReloadAsksOnceMoreWhetherGzipIsTaken) {
  backend_.refuse_gzip();
  const auto way = transport();
  EXPECT_EQ(loop_.send(*way, batch_of({{"a"}})).verdict, Verdict::send_again);
  way->set_client(client(), true);
  EXPECT_EQ(loop_.send(*way, batch_of({{"a"}})).verdict, Verdict::send_again);
  way->set_client(client(), false);
  EXPECT_EQ(loop_.send(*way, batch_of({{"a"}})).verdict, Verdict::delivered);
}

TEST_F(OtlpTransportTest, ReadsItsKeyFileAgain) {
  const std::string path = folder_ / "key";
  doubles::write_file(path, "old\n");
  const auto way = transport(true, {.file = path, .secret = Secret("old")});
  EXPECT_EQ(loop_.send(*way, batch_of({{"a"}})).why, "key refused (401)");
  EXPECT_FALSE(loop_.read_key(*way));
  doubles::write_file(path, "key-orders\n");
  EXPECT_TRUE(loop_.read_key(*way));
  EXPECT_EQ(loop_.send(*way, batch_of({{"a"}})).verdict, Verdict::delivered);
}

TEST_F(OtlpTransportTest, APartialSuccessIsTold) {
  backend_.next(doubles::partial_success(2, "too \"old\""));
  const auto way = transport();
  const Judgement answer = loop_.send(*way, batch_of({{"a", "b", "c"}}));
  EXPECT_EQ(answer.verdict, Verdict::delivered);
  EXPECT_EQ(answer.not_taken, 2U);
  EXPECT_EQ(answer.note, "too \"old\"");
}

TEST_F(OtlpTransportTest, CallsNobodyOnceItIsGone) {
  backend_.next(doubles::of_kind(Behaviour::Kind::hang));
  bool called = false;
  {
    const auto way = transport();
    way->send(batch_of({{"a"}}), [&](const Judgement&) { called = true; });
    ASSERT_TRUE(loop_.run_until([&] { return backend_.request_count() == 1; }));
    way->set_key(inline_key(""));
    way->send(batch_of({{"a"}}), [&](const Judgement&) { called = true; });
  }
  backend_.release();
  loop_.drain();
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace pannier::deliver::otlp
