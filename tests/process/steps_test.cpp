#include "process/steps.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace pannier::process {
namespace {

using namespace std::chrono_literals;
using record::Header;
using record::Record;

constexpr SystemTime arrival{1'700'000'000s};

// A record for which every step has nothing to do.
Record usual_record() {
  Record record;
  record.service = "orders";
  record.node = "web-1";
  record.method = "GET";
  record.endpoint = "/users/{user_id}";
  record.consumer = "web";
  record.created_at = SystemTime{1'600'000'000s};
  record.has_created_at = true;
  record.status = 200;
  return record;
}

Record bare_record(std::string_view path) {
  Record record;
  record.method = "GET";
  record.path = path;
  record.status = 200;
  return record;
}

class StepsTest : public testing::Test {
 protected:
  void apply(Record& record, const Defaults& defaults = {}) {
    Steps(options_).apply(record, defaults, arrival, arena_);
  }
  Options options_{.node = "host-1"};
  Arena arena_;
};

TEST_F(StepsTest, LeaveAUsualRecordAsItIsAndClaimNothing) {
  Record record = usual_record();
  const Record before = record;
  apply(record, {.service = "other", .node = "other"});
  EXPECT_EQ(record.service.data(), before.service.data());
  EXPECT_EQ(record.node.data(), before.node.data());
  EXPECT_EQ(record.endpoint.data(), before.endpoint.data());
  EXPECT_EQ(record.consumer.data(), before.consumer.data());
  EXPECT_EQ(record.created_at, before.created_at);
  EXPECT_TRUE(record.is_plain);
  EXPECT_EQ(arena_.capacity(), 0U);
}

TEST_F(StepsTest, TakeServiceAndNodeFromTheHelloThenTheConfiguration) {
  const Steps steps(options_);
  Record said = bare_record("/");
  steps.apply(said, {.service = "orders", .node = "web-7"}, arrival, arena_);
  EXPECT_EQ(said.service, "orders");
  EXPECT_EQ(said.node, "web-7");
  Record unsaid = bare_record("/");
  steps.apply(unsaid, {}, arrival, arena_);
  EXPECT_EQ(unsaid.service, "unknown-service");
  EXPECT_EQ(unsaid.node, "host-1");
}

TEST_F(StepsTest, DateARecordWithoutATimeByItsArrival) {
  Record record = bare_record("/");
  apply(record);
  EXPECT_EQ(record.created_at, arrival);
  EXPECT_TRUE(record.has_created_at);
}

TEST_F(StepsTest, RespellAGivenEndpointAndAskNoRule) {
  options_.endpoints = {{"~ .*", "/caught"}};
  Record record = usual_record();
  record.path = "/users/7";
  record.endpoint = "/users/<int:id>";
  apply(record);
  EXPECT_EQ(record.endpoint, "/users/{id}");
}

TEST_F(StepsTest, NameAPathByItsRuleElseByItsShape) {
  options_.endpoints = {{"/users/{x}", "/users/{user_id}"}};
  const Steps steps(options_);
  Record ruled = bare_record("/users/7?token=secret");
  Record unruled = bare_record("/orders/7?token=secret");
  steps.apply(ruled, {}, arrival, arena_);
  steps.apply(unruled, {}, arrival, arena_);
  EXPECT_EQ(ruled.endpoint, "/users/{user_id}");
  EXPECT_EQ(ruled.path, "/users/7");
  EXPECT_EQ(unruled.endpoint, "/orders/{id}");
  EXPECT_EQ(unruled.path, "/orders/7");
}

TEST_F(StepsTest, NeverLeaveAnEndpointOrConsumerEmpty) {
  for (const char* path : {"", "?", "?a=b"}) {
    Record record = bare_record(path);
    apply(record);
    EXPECT_EQ(record.endpoint, "/");
    EXPECT_EQ(record.consumer, "anonymous");
  }
}

TEST_F(StepsTest, UseTheHeadersAndForgetThem) {
  const std::vector<Header> request{{"X-User-Id", "u7"}, {"Authorization", "secret"}};
  const std::vector<Header> response{{"Set-Cookie", "secret"}};
  Record record = bare_record("/");
  record.request_headers = request;
  record.response_headers = response;
  apply(record);
  EXPECT_EQ(record.consumer, "u7");
  EXPECT_TRUE(record.request_headers.empty());
  EXPECT_TRUE(record.response_headers.empty());
}

TEST_F(StepsTest, HideTheClientsAddressAndAConsumerMadeOfIt) {
  options_.consumer_use_ip = true;
  options_.anonymize_ip = true;
  Record record = bare_record("/");
  record.client_ip = "203.0.113.77";
  apply(record);
  EXPECT_EQ(record.client_ip, "203.0.113.xxx");
  EXPECT_EQ(record.consumer, "203.0.113.xxx");
}

TEST_F(StepsTest, LeaveAddressesAloneUnlessAsked) {
  options_.consumer_use_ip = true;
  Record record = bare_record("/");
  record.client_ip = "203.0.113.77";
  apply(record);
  EXPECT_EQ(record.client_ip, "203.0.113.77");
  EXPECT_EQ(record.consumer, "203.0.113.77");
}

TEST_F(StepsTest, RemoveAClientThatIsNoAddressWhereAddressesAreHidden) {
  options_.consumer_use_ip = true;
  options_.anonymize_ip = true;
  Record record = bare_record("/");
  record.client_ip = "203.0.113.77:443";
  apply(record);
  EXPECT_EQ(record.client_ip, "");
  EXPECT_EQ(record.consumer, "anonymous");
}

TEST_F(StepsTest, LeaveAConsumerThatTheClientNamedEvenIfItLooksLikeAnAddress) {
  options_.consumer_use_ip = true;
  options_.anonymize_ip = true;
  Record record = usual_record();
  record.consumer = "10.0.0.1";
  apply(record);
  EXPECT_EQ(record.consumer, "10.0.0.1");
}

TEST_F(StepsTest, ClearThePlainFlagForTextThatNeedsEscaping) {
  options_.service = "a\"b";
  options_.endpoints = {{"/rule", "/a\\b"}, {"/plain", "/x"}};
  const Steps steps(options_);
  const auto is_plain_after = [&](Record record, Defaults defaults) {
    steps.apply(record, defaults, arrival, arena_);
    return record.is_plain;
  };
  EXPECT_FALSE(is_plain_after(bare_record("/plain"), {}));
  EXPECT_TRUE(is_plain_after(bare_record("/plain"), {.service = "s", .node = "n"}));
  EXPECT_FALSE(is_plain_after(bare_record("/plain"), {.service = "s", .node = "\x01"}));
  EXPECT_FALSE(is_plain_after(bare_record("/rule"), {.service = "s", .node = "n"}));
  EXPECT_TRUE(is_plain_after(usual_record(), {.service = "\"", .node = "\""}));
}

TEST_F(StepsTest, NeverSetThePlainFlag) {
  Record record = usual_record();
  record.is_plain = false;
  apply(record);
  EXPECT_FALSE(record.is_plain);
}

TEST_F(StepsTest, ServeSeveralThreadsAtOnce) {
  options_.endpoints = {{"/users/{x}", "/users/{user_id}"}, {"~ /v[0-9]+/.*", "/versioned"}};
  options_.anonymize_ip = options_.consumer_use_ip = true;
  const Steps steps(options_);
  const auto work = [&] {
    Arena arena;
    for (int i = 0; i < 2000; ++i) {
      arena.reset();
      const std::string path = (i % 2 == 0 ? "/v" : "/orders/") + std::to_string(i) + "/x";
      Record record = bare_record(path);
      record.client_ip = "10.0.0.7";
      steps.apply(record, {}, arrival, arena);
      ASSERT_EQ(record.endpoint, i % 2 == 0 ? "/versioned" : "/orders/{id}/x");
      ASSERT_EQ(record.consumer, "10.0.0.xxx");
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
}

}  // namespace
}  // namespace pannier::process
