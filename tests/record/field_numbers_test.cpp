// Status and response time: numbers, or their decimal text, in their ranges.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text) + '"';
}

TEST(FieldNumbersTest, AStatusIsAWholeNumberFrom100To599) {
  for (int status = 100; status <= 599; ++status) {
    Decoding number(line_with({{"status", std::to_string(status)}}));
    Decoding text(line_with({{"status", in_quotes(std::to_string(status))}}));
    ASSERT_EQ(number.outcome(), "record");
    ASSERT_EQ(text.outcome(), "record");
    EXPECT_EQ(number.record().status, status);
    EXPECT_EQ(text.record().status, status);
  }
  for (const char* same : {"200.0", "2e2", "2000e-1", "\"200.0\""})
    EXPECT_EQ(outcome_with("status", same), "record");
  for (const char* bad : {"1",
                          "99",
                          "600",
                          "-2",
                          "200.5",
                          "0.5",
                          "-0.5",
                          "1e300",
                          "1e999",
                          "-1e30",
                          "4294967496",
                          "true",
                          "[]",
                          "{}",
                          "\"\"",
                          "\"2OO\"",
                          "\"+200\"",
                          "\"2e2\"",
                          "\" 200\"",
                          "\"200 \"",
                          "\".5\"",
                          "\"200.\"",
                          "\"-\"",
                          "\"99\"",
                          "\"600\"",
                          "\"0x80\"",
                          "\"200\\u0000\"",
                          "\"nan\"",
                          "\"--1\"",
                          "\"2.0.0\"",
                          "99999999999999999999999999"})
    EXPECT_EQ(outcome_with("status", bad), "rejected(status)") << bad;
  EXPECT_EQ(outcome_with("status", ""), "rejected(status)");
}

TEST(FieldNumbersTest, AStatusThatMeansNoAnswerIsFiltered) {
  for (const char* none : {"0", "-1", "\"0\"", "\"-1\"", "-0", "0.0", "\"000\""})
    EXPECT_EQ(outcome_with("status", none), "filtered(no_response)") << none;
  EXPECT_EQ(outcome_of(line_with({{"status", "0"}, {"attributes", "[]"}})), "rejected(attributes)");
  EXPECT_EQ(outcome_of(line_with({{"status", "-1"}, {"method", ""}})), "rejected(method)");
}

double milliseconds(std::string_view field, std::string_view value) {
  Decoding decoding(line_with({{"response_time", ""}, {field, value}}));
  return decoding.outcome() == "record" ? decoding.record().response_ms : -1;
}

TEST(FieldNumbersTest, AResponseTimeComesInThreeUnits) {
  EXPECT_DOUBLE_EQ(milliseconds("response_time", "12.345"), 12.345);
  EXPECT_DOUBLE_EQ(milliseconds("response_time", "\"12.345\""), 12.345);
  EXPECT_DOUBLE_EQ(milliseconds("response_time_s", "\"0.005\""), 5);
  EXPECT_DOUBLE_EQ(milliseconds("response_time_s", "1.5e-3"), 1.5);
  EXPECT_DOUBLE_EQ(milliseconds("response_time_us", "1234"), 1.234);
  EXPECT_DOUBLE_EQ(milliseconds("response_time_us", "\"00001234\""), 1.234);
  for (const char* unit : {"response_time", "response_time_s", "response_time_us"}) {
    EXPECT_EQ(milliseconds(unit, "0"), 0);
    EXPECT_FALSE(std::signbit(milliseconds(unit, "-0.0"))) << "a time is never minus nothing";
  }
}

TEST(FieldNumbersTest, AResponseTimeEndsAt2147483647Milliseconds) {
  EXPECT_EQ(milliseconds("response_time", "2147483647"), 2147483647);
  EXPECT_EQ(milliseconds("response_time_s", "2147483.647"), 2147483647);
  EXPECT_EQ(milliseconds("response_time_us", "2147483647000"), 2147483647);
  for (const auto& [unit, value] : std::vector<Change>{{"response_time", "2147483647.001"},
                                                       {"response_time", "2147483648"},
                                                       {"response_time_s", "2147483.648"},
                                                       {"response_time_us", "2147483648000"},
                                                       {"response_time", "1e300"},
                                                       {"response_time_us", "1e308"},
                                                       {"response_time_s", "1e308"},
                                                       {"response_time", "1e999"},
                                                       {"response_time", "-1e999"},
                                                       {"response_time", "-1"},
                                                       {"response_time_s", "-0.001"},
                                                       {"response_time_us", "\"-1\""},
                                                       {"response_time", "\"1e3\""},
                                                       {"response_time", "\"\""},
                                                       {"response_time", "\"-\""},
                                                       {"response_time_s", "\"0.1, 0.2\""},
                                                       {"response_time", "false"},
                                                       {"response_time", "[1]"}})
    EXPECT_EQ(outcome_of(line_with({{"response_time", ""}, {unit, value}})), "rejected(response_time)")
        << unit << ' ' << value;
}

TEST(FieldNumbersTest, ExactlyOneResponseTimeIsGiven) {
  EXPECT_EQ(outcome_with("response_time", ""), "rejected(response_time)");
  EXPECT_EQ(outcome_with("response_time", "null"), "rejected(response_time)");
  EXPECT_EQ(outcome_with("response_time_s", "1"), "rejected(response_time)");
  EXPECT_EQ(outcome_with("response_time_us", "1"), "rejected(response_time)");
  EXPECT_EQ(
      outcome_of(line_with({{"response_time", ""}, {"response_time_s", "1"}, {"response_time_us", "1"}})),
      "rejected(response_time)");
  EXPECT_EQ(outcome_with("response_time_s", "null"), "record");
}

TEST(FieldNumbersTest, NotANumberIsTheFieldsFault) {
  for (const char* word : {"NaN", "nan", "-nan", "Infinity", "-Infinity", "inf", "-INF"}) {
    EXPECT_EQ(outcome_with("response_time", word), "rejected(response_time)") << word;
    EXPECT_EQ(outcome_with("status", word), "rejected(status)") << word;
    EXPECT_EQ(outcome_with("created_at", word), "rejected(created_at)") << word;
    EXPECT_EQ(outcome_with("method", word), "rejected(method)") << word;
    EXPECT_EQ(outcome_with("request_headers", word), "rejected(request_headers)") << word;
    EXPECT_EQ(outcome_with("surprise", word), "rejected(json)") << word;
  }
  for (const char* word : {"NaNa", "--nan", "infinit", "none", "undefined"})
    EXPECT_EQ(outcome_with("status", word), "rejected(json)") << word;
}

}  // namespace
}  // namespace pannier::record
