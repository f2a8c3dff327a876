#include "tests/doubles/otlp_contract.h"

#include <gtest/gtest.h>

#include "tests/doubles/otlp_reader.h"

namespace pannier::doubles {
namespace {

using namespace std::string_literals;

const Contract contract{.keys = {{"key", "any"}}, .users = {}, .poison = {{"bad", Poison::bad_request}}};
constexpr const char* one_span =
    R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":)"
    R"({"stringValue":"s"}}]},"scopeSpans":[{"scope":{"name":"n"},"spans":[{)"
    R"("traceId":"01","spanId":"02","name":"GET /","kind":2,)"
    R"("startTimeUnixNano":"1","endTimeUnixNano":"2000001","attributes":[)"
    R"({"key":"pannier.context","value":{"stringValue":"good"}}],"status":{}}]}]}]})";

Headers headers(const std::string& key, const std::string& type = "application/json") {
  return {{"authorization", key}, {"content-type", type}};
}

TEST(OtlpContractTest, StoresSpansForABareKeyOnly) {
  const Ruling ruling = rule_otlp(contract, headers("key"), one_span);
  EXPECT_EQ(ruling.answer.status, 200);
  ASSERT_EQ(ruling.records.size(), 1U);
  EXPECT_EQ(ruling.records[0].service, "s");
  EXPECT_EQ(ruling.records[0].context, "good");
  EXPECT_EQ(ruling.records[0].response_time, 2);
  EXPECT_EQ(rule_otlp(contract, headers("Bearer key"), one_span).answer.status, 401);
}

TEST(OtlpContractTest, RefusesWhatItCanNotRead) {
  EXPECT_EQ(rule_otlp(contract, headers("key"), "{}").answer.status, 400);
  EXPECT_EQ(rule_otlp(contract, headers("key", "application/x-protobuf"), "{}").answer.status, 400);
  EXPECT_EQ(rule_otlp(contract, headers("key", "text/plain"), one_span).answer.status, 415);
  Headers packed = headers("key");
  packed["content-encoding"] = "gzip";
  EXPECT_EQ(rule_otlp(contract, packed, one_span).answer.status, 400);
  Contract without_gzip = contract;
  without_gzip.takes_gzip = false;
  EXPECT_EQ(rule_otlp(without_gzip, packed, one_span).answer.status, 415);
}

TEST(OtlpContractTest, RefusesABatchForOnePoisonedSpan) {
  std::string bad = one_span;
  bad.replace(bad.find("good"), 4, "bad");
  EXPECT_EQ(rule_otlp(contract, headers("key"), bad).answer.status, 400);
}

TEST(OtlpReaderTest, RefusesANameThatStandsTwiceAndDamage) {
  // A span with the attributes a: "1" and b: "2", then the second renamed to a.
  std::string span =
      "\x4a\x08\x0a\x01"
      "a\x12\x03\x0a\x01"
      "1\x4a\x08\x0a\x01"
      "b\x12\x03\x0a\x01"
      "2";
  const auto request = [](const std::string& inner) {
    const std::string scope = "\x12"s + static_cast<char>(inner.size()) + inner;
    const std::string resource = "\x12"s + static_cast<char>(scope.size()) + scope;
    return "\x0a"s + static_cast<char>(resource.size()) + resource;
  };
  const auto spans = read_otlp_protobuf(request(span));
  ASSERT_TRUE(spans && spans->size() == 1);
  EXPECT_EQ(spans->front().attributes, (OtlpAttributes{{"a", "string:1"}, {"b", "string:2"}}));
  EXPECT_FALSE(spans->front().code);
  span[span.find('b')] = 'a';
  EXPECT_FALSE(read_otlp_protobuf(request(span)));
  EXPECT_FALSE(read_otlp_protobuf(request(span).substr(0, 20)));
}

}  // namespace
}  // namespace pannier::doubles
