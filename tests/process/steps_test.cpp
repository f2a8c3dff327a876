#include "process/steps.h"

#include <gtest/gtest.h>

#include <memory>
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
  // The steps live on: what they put into records are views into them.
  Applied apply(Record& record, const Defaults& defaults = {}) {
    steps_.push_back(std::make_unique<Steps>(options_));
    return steps_.back()->apply(record, defaults, arrival, arena_, random_);
  }
  std::vector<std::unique_ptr<Steps>> steps_;
  Options options_{.node = "host-1"};
  Arena arena_;
  Random random_{1};
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
  steps.apply(said, {.service = "orders", .node = "web-7"}, arrival, arena_, random_);
  EXPECT_EQ(said.service, "orders");
  EXPECT_EQ(said.node, "web-7");
  Record unsaid = bare_record("/");
  steps.apply(unsaid, {}, arrival, arena_, random_);
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
  steps.apply(ruled, {}, arrival, arena_, random_);
  steps.apply(unruled, {}, arrival, arena_, random_);
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
  options_.endpoints = {{"/rule", "/a\"b"}, {"/plain", "/x"}};
  const Steps steps(options_);
  const auto is_plain_after = [&](Record record, Defaults defaults) {
    steps.apply(record, defaults, arrival, arena_, random_);
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

TEST_F(StepsTest, LeaveWhatAnSdkHasProcessedAsItCame) {
  options_.consumer_use_ip = options_.anonymize_ip = options_.strict = true;
  options_.endpoints = {{"~ .*", "/caught"}};
  for (const char* endpoint : {"/users/42", "/users/<int:id>", "/a/:b", "/files/{path:path}"}) {
    Record record = usual_record();
    record.is_processed = true;
    record.endpoint = endpoint;
    record.consumer = "203.0.113.77";
    const Applied applied = apply(record);
    EXPECT_EQ(record.endpoint, endpoint);
    EXPECT_EQ(record.consumer, "203.0.113.77");
    EXPECT_EQ(applied.endpoint, EndpointFrom::processed);
    EXPECT_EQ(applied.consumer, ConsumerFrom::processed);
  }
}

TEST_F(StepsTest, LetNoQueryPassEvenOfAProcessedRecord) {
  Record record = usual_record();
  record.is_processed = true;
  record.endpoint = "/users?token=secret";
  apply(record);
  EXPECT_EQ(record.endpoint, "/users");
}

TEST_F(StepsTest, NameAPathThatNoRuleKnowsNoRouteWhereStrict) {
  options_.strict = true;
  options_.endpoints = {{"/users/{x}", "/users/{user_id}"}};
  Record unknown = bare_record("/orders/7");
  EXPECT_EQ(apply(unknown).endpoint, EndpointFrom::no_route);
  EXPECT_EQ(unknown.endpoint, "(no route)");
  Record known = bare_record("/users/7");
  apply(known);
  EXPECT_EQ(known.endpoint, "/users/{user_id}");
  Record named = usual_record();
  apply(named);
  EXPECT_EQ(named.endpoint, "/users/{user_id}");
}

TEST_F(StepsTest, TellWhatDecided) {
  options_.endpoints = {{"/a", "/x"}, {"/users/{x}", "/users/{user_id}"}};
  options_.consumer_use_ip = true;
  options_.context_headers = {"x-none", "x-context"};
  options_.context_template = "{status}";
  const std::vector<Header> request{{"user-id", "u7"}, {"X-Context", "c"}};
  Record by_rule = bare_record("/users/7");
  by_rule.request_headers = request;
  const Applied first = apply(by_rule);
  EXPECT_EQ(first.endpoint, EndpointFrom::rule);
  EXPECT_EQ(first.endpoint_rule, 1);
  EXPECT_EQ(first.consumer, ConsumerFrom::header);
  EXPECT_EQ(first.consumer_header, 3);
  EXPECT_EQ(first.context, ContextFrom::header);
  EXPECT_EQ(first.context_header, 1);
  Record by_shape = bare_record("/orders/7");
  by_shape.client_ip = "10.0.0.1";
  const Applied second = apply(by_shape);
  EXPECT_EQ(second.endpoint, EndpointFrom::built_in);
  EXPECT_EQ(second.consumer, ConsumerFrom::client_ip);
  EXPECT_EQ(second.context, ContextFrom::templated);
  Record usual = usual_record();
  usual.context = "own";
  const Applied third = apply(usual);
  EXPECT_EQ(third.endpoint, EndpointFrom::record);
  EXPECT_EQ(third.consumer, ConsumerFrom::record);
  EXPECT_EQ(third.context, ContextFrom::record);
  Record nobody = bare_record("/");
  options_ = {};
  EXPECT_EQ(apply(nobody).consumer, ConsumerFrom::nobody);
  EXPECT_EQ(apply(nobody).context, ContextFrom::none);
}

TEST_F(StepsTest, TakeTheContextFromTheRecordThenTheHeadersThenTheTemplate) {
  options_.context_headers = {"x-malti-context"};
  options_.context_template = "{trace_id}";
  const std::vector<Header> request{{"X-Malti-Context", "  from the header "}};
  Record said = usual_record();
  said.context = "own";
  said.request_headers = request;
  apply(said);
  EXPECT_EQ(said.context, "own");
  Record headed = usual_record();
  headed.request_headers = request;
  apply(headed);
  EXPECT_EQ(headed.context, "from the header");
  EXPECT_EQ(headed.trace, record::TraceId{});
  Record bare = usual_record();
  apply(bare);
  EXPECT_EQ(bare.context.size(), 32U);
  EXPECT_NE(bare.trace, record::TraceId{});
}

TEST_F(StepsTest, TellNoMoreInATemplateThanIsToldElsewhere) {
  options_.anonymize_ip = options_.consumer_use_ip = true;
  options_.context_template = "{path} {client_ip} {consumer}";
  Record record = bare_record("/users/7?token=secret");
  record.client_ip = "203.0.113.77";
  apply(record);
  EXPECT_EQ(record.context, "/users/7 203.0.113.xxx 203.0.113.xxx");
}

TEST_F(StepsTest, BelieveOnlyTrustedProxiesWhereSomeAreNamed) {
  options_.consumer_use_ip = true;
  options_.trusted_proxies = {"10.0.0.0/8"};
  const std::vector<Header> request{{"X-Forwarded-For", "1.1.1.1, 203.0.113.77:4711"}};
  Record record = bare_record("/");
  record.client_ip = "10.0.0.1";
  record.request_headers = request;
  apply(record);
  EXPECT_EQ(record.consumer, "203.0.113.77");
}

TEST_F(StepsTest, ServeSeveralThreadsAtOnce) {
  options_.endpoints = {{"/users/{x}", "/users/{user_id}"}, {"~ /v[0-9]+/.*", "/versioned"}};
  options_.anonymize_ip = options_.consumer_use_ip = true;
  const Steps steps(options_);
  const auto work = [&] {
    Arena arena;
    Random random(1);
    for (int i = 0; i < 2000; ++i) {
      arena.reset();
      const std::string path = (i % 2 == 0 ? "/v" : "/orders/") + std::to_string(i) + "/x";
      Record record = bare_record(path);
      record.client_ip = "10.0.0.7";
      steps.apply(record, {}, arrival, arena, random);
      ASSERT_EQ(record.endpoint, i % 2 == 0 ? "/versioned" : "/orders/{id}/x");
      ASSERT_EQ(record.consumer, "10.0.0.xxx");
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
}

}  // namespace
}  // namespace pannier::process
