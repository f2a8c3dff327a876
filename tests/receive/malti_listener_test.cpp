#include "receive/malti_listener.h"

#include <gmock/gmock.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "net/gzip.h"
#include "tests/doubles/http_asking.h"
#include "tests/doubles/loopback.h"
#include "tests/receive/recording_intake.h"

namespace pannier::receive {
namespace {

using namespace std::chrono_literals;
using doubles::HttpReply;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string record_of(std::string_view endpoint, std::string_view service = "orders") {
  return R"({"service":")" + std::string(service) + R"(","method":"GET","endpoint":")" +
         std::string(endpoint) + R"(","status":200,"response_time":1,"consumer":"web"})";
}

std::string body_of(const std::vector<std::string>& records) {
  std::string body = R"({"requests":[)";
  for (const std::string& record : records) body.append(body.back() == '[' ? "" : ",").append(record);
  return body + "]}";
}

// Says what it was told to say.
class ScriptedJudge : public KeyJudge {
 public:
  KeyRuling judge(std::string_view key, std::string_view service, std::size_t records, SteadyTime) override {
    asked.emplace_back(std::string(key) + " " + std::string(service) + " " + std::to_string(records));
    return ruling;
  }
  KeyRuling ruling;
  std::vector<std::string> asked;
};

// The listener on a port of its own, with a thread that runs its loop.
class MaltiListenerTest : public testing::Test {
 protected:
  MaltiListenerTest() : fd_(doubles::bound_socket(0)) {
    ::listen(fd_.get(), 64);
    port_ = doubles::port_of(fd_.get());
    listener_.emplace(io_, std::move(fd_), MaltiSettings{}, intake_, judge_);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~MaltiListenerTest() override {
    there([this] { listener_.reset(); });
    guard_.reset();
    thread_.join();
    EXPECT_TRUE(intake_.is_balanced());
  }
  // On the listener's thread; waits until it is done.
  void there(const std::function<void()>& what) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      what();
      done.set_value();
    });
    done.get_future().wait();
  }
  HttpReply post(const std::string& body, const std::string& more = "X-API-Key: k\r\n",
                 const std::string& type = "application/json") {
    return doubles::ask_http(port_, "POST", "/api/v1/ingest",
                             "Host: localhost\r\nContent-Type: " + type + "\r\n" + more, body);
  }
  [[nodiscard]] std::uint64_t rejected() const {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < count_of<Reject>; ++i) all += intake_.rejected(static_cast<Reject>(i));
    return all;
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
  RecordingIntake intake_;
  ScriptedJudge judge_;
  Fd fd_;
  std::uint16_t port_ = 0;
  std::optional<MaltiListener> listener_;
  std::thread thread_;
};

TEST_F(MaltiListenerTest, TakesABodyAndAnswersAsMaltiDoes) {
  const HttpReply reply = post(body_of({record_of("/a"), record_of("/b")}));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"message":"Telemetry data ingested successfully","count":2,"service":"orders"})");
  EXPECT_THAT(reply.head, HasSubstr("application/json"));
  EXPECT_THAT(intake_.endpoints(), ElementsAre("/a", "/b"));
  EXPECT_THAT(judge_.asked, ElementsAre("k orders 2"));
}

TEST_F(MaltiListenerTest, AnswersHealthAsMaltiDoes) {
  const HttpReply reply = doubles::get_http(port_, "/health");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"status":"healthy"})");
}

TEST_F(MaltiListenerTest, TakesAPackedBody) {
  const std::string body = body_of({record_of("/packed")});
  net::Gzip gzip;
  const std::string_view part = body;
  EXPECT_EQ(post(gzip.pack({&part, 1}), "Content-Encoding: gzip\r\n").status, 200);
  EXPECT_THAT(intake_.endpoints(), ElementsAre("/packed"));
}

TEST_F(MaltiListenerTest, TakesALargeBodyInPartsAndAsAWhole) {
  std::vector<std::string> records;
  for (int i = 0; i < 2500; ++i) records.push_back(record_of("/" + std::to_string(i)));
  EXPECT_EQ(post(body_of(records)).status, 200);
  EXPECT_EQ(intake_.endpoints().size(), 2500U);
  EXPECT_EQ(intake_.accepted(), 2500U);
  EXPECT_EQ(intake_.reads(), 3U);
}

TEST_F(MaltiListenerTest, TakesNothingOfABodyWithOneFaultyRecord) {
  const std::string faulty =
      R"({"service":"orders","method":"GET","endpoint":"/x","status":"x","response_time":1,"consumer":"c"})";
  const HttpReply reply = post(body_of({record_of("/a"), faulty, record_of("/b")}));
  EXPECT_EQ(reply.status, 422);
  EXPECT_THAT(reply.body, HasSubstr(R"("loc":["body","requests",1,"status"])"));
  EXPECT_THAT(intake_.endpoints(), IsEmpty());
  EXPECT_EQ(intake_.lines(), 3U);
  EXPECT_EQ(intake_.rejected(Reject::status), 1U);
  EXPECT_EQ(intake_.rejected(Reject::batch), 2U);
}

TEST_F(MaltiListenerTest, CountsABodyThatCannotBeReadAsOneLine) {
  EXPECT_EQ(post("{\"requests\":[").status, 422);
  EXPECT_EQ(post("\xff").status, 400);
  EXPECT_EQ(post("not gzip", "Content-Encoding: gzip\r\n").status, 400);
  EXPECT_EQ(post(body_of({record_of("/a")}), "", "text/plain").status, 422);
  EXPECT_EQ(post(body_of({record_of("/a")}), "Content-Encoding: br\r\n").status, 415);
  EXPECT_EQ(intake_.lines(), 5U);
  EXPECT_EQ(rejected(), 5U);
}

TEST_F(MaltiListenerTest, RefusesABodyOfTwoServices) {
  const HttpReply reply = post(body_of({record_of("/a", "orders"), record_of("/b", "users")}));
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.body, R"({"detail":"Service mismatch: expected orders, got users"})");
  EXPECT_EQ(intake_.rejected(Reject::batch), 2U);
  EXPECT_THAT(intake_.endpoints(), IsEmpty());
}

TEST_F(MaltiListenerTest, PassesTheJudgesRefusalOnAndCountsTheRecords) {
  judge_.ruling = {.status = 401, .detail = "Invalid API key"};
  const HttpReply reply = post(body_of({record_of("/a"), record_of("/b")}));
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.body, R"({"detail":"Invalid API key"})");
  EXPECT_EQ(intake_.rejected(Reject::batch), 2U);
}

TEST_F(MaltiListenerTest, CountsNothingWhereTheJudgeHasNoRoom) {
  judge_.ruling = {.status = 503, .detail = "too many keys", .retry_after = 60s};
  const HttpReply reply = post(body_of({record_of("/a")}));
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.head, HasSubstr("Retry-After: 60"));
  EXPECT_EQ(intake_.lines(), 0U);
  EXPECT_EQ(intake_.hits(Limit::keys), 1U);
}

TEST_F(MaltiListenerTest, SendsAwayWhileNothingMoreCanBeTaken) {
  intake_.ask_for_pauses(true);
  EXPECT_EQ(post(body_of({record_of("/a")})).status, 200);
  intake_.ask_for_pauses(false);
  const HttpReply reply = post(body_of({record_of("/b")}));
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.head, HasSubstr("Retry-After: "));
  EXPECT_EQ(intake_.hits(Limit::busy), 1U);
  EXPECT_EQ(doubles::get_http(port_, "/health").status, 200);
  there([this] { listener_->room_came(); });
  EXPECT_EQ(post(body_of({record_of("/c")})).status, 200);
  EXPECT_THAT(intake_.endpoints(), ElementsAre("/a", "/c"));
}

TEST_F(MaltiListenerTest, AnswersOnlyOnceItIsCommitted) {
  intake_.hand_out_tickets();
  auto reply = std::async(std::launch::async, [this] { return post(body_of({record_of("/a")})); });
  ASSERT_TRUE(doubles::wait_until([this] { return intake_.accepted() == 1; }, 20s));
  there([this] { listener_->committed(0); });
  EXPECT_EQ(reply.wait_for(50ms), std::future_status::timeout);
  there([this] { listener_->committed(1); });
  EXPECT_EQ(reply.get().status, 200);
  EXPECT_EQ(intake_.doubted(), 0U);
}

TEST_F(MaltiListenerTest, TellsWhoWaitsThatTheDiskFailsAndTakesNoMoreUntilItWorks) {
  intake_.hand_out_tickets();
  auto reply =
      std::async(std::launch::async, [this] { return post(body_of({record_of("/a"), record_of("/b")})); });
  ASSERT_TRUE(doubles::wait_until([this] { return intake_.accepted() == 2; }, 20s));
  there([this] { listener_->disk_works(false); });
  EXPECT_EQ(reply.get().status, 503);
  EXPECT_EQ(intake_.doubted(), 2U);
  EXPECT_EQ(post(body_of({record_of("/c")})).status, 503);
  EXPECT_EQ(intake_.accepted(), 2U);
  there([this] { listener_->disk_works(true); });
  auto again = std::async(std::launch::async, [this] { return post(body_of({record_of("/d")})); });
  ASSERT_TRUE(doubles::wait_until([this] { return intake_.accepted() == 3; }, 20s));
  there([this] { listener_->committed(2); });
  EXPECT_EQ(again.get().status, 200);
}

TEST_F(MaltiListenerTest, SpeaksOfPathsAndMethodsAsFastApiDoes) {
  EXPECT_EQ(doubles::get_http(port_, "/api/v1/ingest").status, 405);
  EXPECT_EQ(doubles::ask_http(port_, "POST", "/health").status, 405);
  const HttpReply elsewhere = doubles::get_http(port_, "/docs");
  EXPECT_EQ(elsewhere.status, 404);
  EXPECT_EQ(elsewhere.body, R"({"detail":"Not Found"})");
  EXPECT_EQ(intake_.lines(), 0U);
}

TEST_F(MaltiListenerTest, HearsNoPageOfAnotherSiteNorANameThatWasRebound) {
  EXPECT_EQ(post(body_of({record_of("/a")}), "Origin: https://evil.example\r\n").status, 403);
  EXPECT_EQ(doubles::ask_http(port_, "POST", "/api/v1/ingest",
                              "Host: evil.example\r\nContent-Type: application/json\r\n", "{}")
                .status,
            421);
  there([this] {
    listener_->set({.rules = {.hosts = {"pannier.example"}, .origins = {"https://app.example"}}});
  });
  EXPECT_EQ(post(body_of({record_of("/a")}), "Origin: https://app.example\r\n").status, 200);
}

TEST_F(MaltiListenerTest, CountsBodiesThatEndTooSoonOrAreTooLarge) {
  {
    doubles::RawHttpClient client(port_);
    client.send(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 100\r\n\r\n{\"requests\":");
  }
  EXPECT_TRUE(doubles::wait_until([this] { return intake_.rejected(Reject::unterminated) == 1; }, 20s));
  doubles::RawHttpClient client(port_);
  client.send(
      "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 5000000\r\n\r\n{");
  EXPECT_EQ(doubles::reply_in(client.read_to_end()).status, 413);
  EXPECT_EQ(intake_.rejected(Reject::too_long), 1U);
}

TEST_F(MaltiListenerTest, ADrainLetsOpenRequestsHaveTheirAnswer) {
  intake_.hand_out_tickets();
  doubles::RawHttpClient idle(port_);
  auto reply = std::async(std::launch::async, [this] { return post(body_of({record_of("/a")})); });
  ASSERT_TRUE(doubles::wait_until([this] { return intake_.accepted() == 1; }, 20s));
  std::promise<void> drained;
  there([&] { listener_->drain({.read_out = 20s}, [&] { drained.set_value(); }); });
  auto done = drained.get_future();
  EXPECT_EQ(done.wait_for(20ms), std::future_status::timeout);
  there([this] { listener_->committed(1); });
  EXPECT_EQ(reply.get().status, 200);
  EXPECT_EQ(done.wait_for(20s), std::future_status::ready);
  EXPECT_FALSE(doubles::RawHttpClient(port_).is_open());
}

}  // namespace
}  // namespace pannier::receive
