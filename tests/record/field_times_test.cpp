// created_at and started_at: their forms, their range, and which of them counts.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "record/time_text.h"
#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

using namespace std::chrono_literals;

SystemTime at(std::string_view text) {
  return parse_iso8601(text).value();
}

std::string utc(SystemTime time) {
  std::array<char, utc_text_bytes> text{};
  return {text.data(), static_cast<std::size_t>(write_utc(text.data(), time) - text.data())};
}

SystemTime created_at(std::string_view value) {
  Decoding decoding(line_with({{"created_at", value}}));
  return decoding.outcome() == "record" && decoding.record().has_created_at ? decoding.record().created_at
                                                                            : SystemTime{};
}

TEST(FieldTimesTest, ATimeIsIso8601OrEpochSeconds) {
  const SystemTime noon = at("2026-01-01T12:00:00.25Z");
  for (const char* same :
       {"\"2026-01-01T12:00:00.25Z\"", "\"2026-01-01t12:00:00,250z\"", "\"2026-01-01 13:00:00.250000+01:00\"",
        "\"2026-01-01T06:30:00.2500009-0530\"", "\"2026-01-01T21:00:00.25+09\"", "1767268800.25",
        "\"1767268800.25\"", "1.76726880025e9", "\"2026-01-01T12\\u003a00:00.25Z\""})
    EXPECT_EQ(utc(created_at(same)), utc(noon)) << same;
  EXPECT_EQ(created_at("1767268800.123456"), at("2026-01-01T12:00:00.123456Z"));
  EXPECT_EQ(created_at("\"2026-01-01T12:00Z\""), at("2026-01-01T12:00:00Z"));
  EXPECT_EQ(created_at("\"2016-12-31T23:59:60Z\""), at("2017-01-01T00:00:00Z"));
}

TEST(FieldTimesTest, ATimeWithoutOffsetOrOutOfTheCalendarIsRejected) {
  for (const char* bad : {"\"\"",
                          "\"2026-01-01\"",
                          "\"2026-01-01T12:00:00\"",
                          "\"2026-01-01T24:00:00Z\"",
                          "\"2026-01-01T12:60:00Z\"",
                          "\"2026-01-01T12:00:61Z\"",
                          "\"2026-02-29T12:00:00Z\"",
                          "\"2026-13-01T12:00:00Z\"",
                          "\"yesterday\"",
                          "true",
                          "{}",
                          "[]",
                          "\"2026-01-01T12:00:00Z\\u0000\"",
                          "\"1.7e9\"",
                          "0",
                          "-1",
                          "1e300",
                          "1e999",
                          "1767268800000",
                          "1767268800000000"}) {
    EXPECT_EQ(outcome_with("created_at", bad), "rejected(created_at)") << bad;
    EXPECT_EQ(outcome_with("started_at", bad), "rejected(started_at)") << bad;
  }
}

TEST(FieldTimesTest, TimesLieInTheYears2000To2100) {
  for (const char* good : {"\"2000-01-01T00:00:00Z\"", "\"1999-12-31T23:00:00-01:00\"",
                           "\"2100-12-31T23:59:58.999999Z\"", "946684800", "\"946684800\"", "4133980798.999",
                           "\"4133980798.999\"", "\"2101-01-01T00:00:00+00:01\""}) {
    EXPECT_EQ(outcome_with("created_at", good), "record") << good;
    EXPECT_EQ(outcome_with("started_at", good), "record") << good;
  }
  for (const char* bad :
       {"\"1999-12-31T23:59:59.999999Z\"", "\"2000-01-01T00:00:00+00:01\"", "\"2101-01-01T00:00:00Z\"",
        "\"2100-12-31T23:59:60Z\"", "\"9999-01-01T00:00:00Z\"", "\"0000-01-01T00:00:00Z\"", "946684799",
        "\"946684799.9\"", "4133980800", "\"4133980800\""}) {
    EXPECT_EQ(outcome_with("created_at", bad), "rejected(created_at)") << bad;
    EXPECT_EQ(outcome_with("started_at", bad), "rejected(started_at)") << bad;
  }
}

TEST(FieldTimesTest, CreatedAtIsStartedAtAndTheResponseTime) {
  const SystemTime noon = at("2026-01-01T12:00:00Z");
  Decoding decoding(R"({"started_at":"2026-01-01T12:00:00Z","method":"GET","endpoint":"/","status":200,)"
                    R"("response_time_us":1500250})");
  ASSERT_EQ(decoding.outcome(), "record");
  EXPECT_TRUE(decoding.record().has_created_at);
  EXPECT_EQ(decoding.record().created_at, noon + 1500250us);
  Decoding behind(line_with({{"started_at", "1767268800"}}));
  EXPECT_EQ(behind.record().created_at, noon + 12500us);
}

TEST(FieldTimesTest, AStartedAtThatEndsAfter2100IsRejected) {
  const std::string line = line_with({{"started_at", "\"2100-12-31T23:59:59Z\""}, {"response_time", "1000"}});
  EXPECT_EQ(outcome_of(line), "rejected(started_at)");
}

TEST(FieldTimesTest, CreatedAtCountsWhereBothTimesAreGiven) {
  for (const auto& order : {std::vector<Change>{{"created_at", "1767268800"}, {"started_at", "946684800"}},
                            std::vector<Change>{{"started_at", "946684800"}, {"created_at", "1767268800"}}}) {
    Decoding decoding(line_with(order));
    ASSERT_EQ(decoding.outcome(), "record");
    EXPECT_EQ(decoding.record().created_at, at("2026-01-01T12:00:00Z"));
  }
  EXPECT_EQ(outcome_of(line_with({{"created_at", "1767268800"}, {"started_at", "5"}})),
            "rejected(started_at)");
}

TEST(FieldTimesTest, WithoutATimeTheArrivalCounts) {
  Decoding decoding(line_with({}));
  ASSERT_EQ(decoding.outcome(), "record");
  EXPECT_FALSE(decoding.record().has_created_at);
}

}  // namespace
}  // namespace pannier::record
