// What a line is: a record, blank, or no record for one reason, the first that counts.
#include "record/line_decoder.h"

#include <gtest/gtest.h>

#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

struct Case {
  std::string_view field, good, bad, reason;
};

// In the order of the table in WIRE.md.
const std::vector<Case>& every_field() {
  static const std::vector<Case> cases{{"service", R"("a")", R"("a/b")", "service"},
                                       {"node", R"("a")", R"("")", "node"},
                                       {"method", R"("GET")", "5", "method"},
                                       {"endpoint", R"("/a")", "5", "endpoint"},
                                       {"path", R"("/a")", "5", "path"},
                                       {"status", "200", "99", "status"},
                                       {"response_time", "1", "-1", "response_time"},
                                       {"created_at", "1767268800", R"("x")", "created_at"},
                                       {"started_at", "1767268800", R"("x")", "started_at"},
                                       {"consumer", R"("a")", "5", "consumer"},
                                       {"context", R"("a")", R"("\u0000")", "context"},
                                       {"request_headers", "{}", "[]", "request_headers"},
                                       {"response_headers", "{}", R"({"a":5})", "response_headers"},
                                       {"request_body", "[]", "5", "request_body"},
                                       {"response_body", R"("a")", "5", "response_body"},
                                       {"client_ip", R"("::1")", "5", "client_ip"},
                                       {"trace_id", "null", R"("x")", "trace_id"},
                                       {"span_id", "null", R"("x")", "span_id"},
                                       {"parent_span_id", "null", R"("x")", "parent_span_id"},
                                       {"error", "{}", "[]", "error"},
                                       {"attributes", "{}", "[]", "attributes"}};
  return cases;
}

// The fields before `first` are faultless, all others are not.
std::vector<Change> faulty_from(std::size_t first) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < every_field().size(); ++i)
    changes.emplace_back(every_field()[i].field, i < first ? every_field()[i].good : every_field()[i].bad);
  return changes;
}

std::string backwards(const std::vector<Change>& changes) {
  std::string line = "{";
  for (auto change = changes.rbegin(); change != changes.rend(); ++change)
    line.append(line.size() > 1 ? "," : "")
        .append("\"")
        .append(change->first)
        .append("\":")
        .append(change->second);
  return line + "}";
}

TEST(LineDecoderTest, TheFirstFaultyFieldOfTheTableIsTheReasonWhateverTheOrderInTheLine) {
  for (std::size_t i = 0; i < every_field().size(); ++i) {
    const std::string reason = "rejected(" + std::string(every_field()[i].reason) + ")";
    EXPECT_EQ(outcome_of(line_with(faulty_from(i))), reason);
    EXPECT_EQ(outcome_of(backwards(faulty_from(i))), reason);
  }
  EXPECT_EQ(outcome_of(backwards(faulty_from(every_field().size()))), "record");
}

TEST(LineDecoderTest, AMissingFieldCountsInTheTablesOrderToo) {
  EXPECT_EQ(outcome_of("{}"), "rejected(method)");
  EXPECT_EQ(outcome_of(R"({"method":"GET"})"), "rejected(endpoint)");
  EXPECT_EQ(outcome_of(R"({"method":"GET","path":"/"})"), "rejected(status)");
  EXPECT_EQ(outcome_of(R"({"method":"GET","path":"/","status":200})"), "rejected(response_time)");
  EXPECT_EQ(outcome_of(R"({"service":5})"), "rejected(service)");
  EXPECT_EQ(outcome_of(R"({"attributes":5})"), "rejected(method)");
}

TEST(LineDecoderTest, Utf8ComesBeforeJsonBeforeDuplicateBeforeTheFields) {
  const std::string faulty = line_with(faulty_from(0));
  const std::string twice = faulty.substr(0, faulty.size() - 1) + R"(,"node":null})";
  EXPECT_EQ(outcome_of(twice), "rejected(duplicate)");
  EXPECT_EQ(outcome_of(twice + "x"), "rejected(json)");
  EXPECT_EQ(outcome_of(twice.substr(0, twice.size() - 1) + R"(,"a":01})"), "rejected(json)");
  EXPECT_EQ(outcome_of(twice + "x\xff"), "rejected(utf8)");
  EXPECT_EQ(outcome_of("\xc3"), "rejected(utf8)");
}

TEST(LineDecoderTest, InvalidUtf8IsRejectedWhereverItStands) {
  for (const std::string bad :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xe2\x82", "\x80"}) {
    EXPECT_EQ(outcome_with("context", "\"" + bad + "\""), "rejected(utf8)");
    EXPECT_EQ(outcome_with("surprise", "\"" + bad + "\""), "rejected(utf8)");
    EXPECT_EQ(outcome_with("k" + bad, "1"), "rejected(utf8)");
    EXPECT_EQ(outcome_of(line_with({}) + bad), "rejected(utf8)");
  }
}

TEST(LineDecoderTest, AKnownKeyMayStandOnce) {
  for (const Case& field : every_field()) {
    const std::string again = R"({"a":1,")" + std::string(field.field) + "\":null,";
    EXPECT_EQ(outcome_of(again + line_with({{field.field, field.good}}).substr(1)), "rejected(duplicate)");
    EXPECT_EQ(outcome_of(again + line_with({{field.field, "null"}}).substr(1)), "rejected(duplicate)");
  }
  EXPECT_EQ(outcome_of(R"({"m\u0065thod":"A",)" + line_with({}).substr(1)), "rejected(duplicate)");
  EXPECT_EQ(outcome_of(line_with({{"request_headers", R"({"a":"1","a":"2"})"}})), "record");
}

TEST(LineDecoderTest, AKeyWithEscapesIsTheKeyThatItMeans) {
  Decoding decoding(
      R"({"m\u0065thod":"GET","\u0065ndpoint":"/a","statu\u0073":200,"respons\u0065_time":7,"\"":1})");
  ASSERT_EQ(decoding.outcome(), "record");
  EXPECT_EQ(decoding.record().method, "GET");
  EXPECT_EQ(decoding.record().endpoint, "/a");
  EXPECT_EQ(decoding.record().response_ms, 7);
  EXPECT_EQ(decoding.line().unknown_fields, 1U);
}

TEST(LineDecoderTest, UnknownFieldsAreCountedAndIgnored) {
  Decoding decoding(
      line_with({{"x", "1"}, {"Method", "[]"}, {"", "{}"}, {"método", "null"}, {"status ", "99"}}));
  EXPECT_EQ(decoding.outcome(), "record");
  EXPECT_EQ(decoding.line().unknown_fields, 5U);
  Decoding twice(R"({"x":1,"x":2,)" + line_with({}).substr(1));
  EXPECT_EQ(twice.outcome(), "record");
  EXPECT_EQ(twice.line().unknown_fields, 2U);
  Decoding rejected(line_with({{"x", "1"}, {"status", "99"}}));
  EXPECT_EQ(rejected.line().unknown_fields, 1U);
}

TEST(LineDecoderTest, AnythingIsAllowedInAnUnknownFieldThatIsJson) {
  for (const char* value : {"1e999", "-1e999", "123456789012345678901234567890", "0.1e-400", "-0",
                            R"("\u0000")", R"("\ud800")", R"("\udc00x")", R"(["\ud800",{"a":1e999}])", "[]",
                            "{}", R"({"a":{"a":{}},"a":[[]]})", "true", "null"})
    EXPECT_EQ(outcome_with("surprise", value), "record") << value;
  EXPECT_EQ(outcome_with("surprise", nested(1000, '[', ']')), "record");
}

TEST(LineDecoderTest, ALineOfWhiteSpaceIsBlank) {
  for (const char* blank : {"", " ", "\t", "\r", " \t\r\n "}) EXPECT_EQ(outcome_of(blank), "blank");
  EXPECT_EQ(outcome_of("\f"), "rejected(json)");
  EXPECT_EQ(outcome_of(std::string_view("\0", 1)), "rejected(json)");
}

TEST(LineDecoderTest, WhiteSpaceAroundTokensDoesNotMatter) {
  Decoding decoding(
      "\t { \"method\" : \"GET\" ,\t\"endpoint\": \"/a\" , \"status\" :200 , \"response_time\": 1 } \r");
  ASSERT_EQ(decoding.outcome(), "record");
  EXPECT_EQ(decoding.record().method, "GET");
}

TEST(LineDecoderTest, ARejectedLineLeavesNothingToTheNext) {
  LineDecoder decoder;
  const auto decode = [&decoder](std::string line) {
    const std::size_t size = line.size();
    line.resize(size + line_padding);
    return outcome_of(decoder.decode({line.data(), size}, false));
  };
  for (const char* bad :
       {"{", R"({"method":5,"status":1)", "\xff", "[1,2", R"({"request_headers":{"a":"b"},"a")"}) {
    EXPECT_NE(decode(bad), "record");
    EXPECT_EQ(decode(R"({"method":"GET","endpoint":"/","status":200})"), "rejected(response_time)");
    EXPECT_EQ(decode(line_with({})), "record");
    EXPECT_TRUE(decoder.record().request_headers.empty());
  }
}

}  // namespace
}  // namespace pannier::record
