#include "record/time_text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "base/random.h"

namespace pannier::record {
namespace {

using namespace std::chrono;

std::string utc(SystemTime time) {
  std::array<char, utc_text_bytes> text{};
  const char* const end = write_utc(text.data(), time);
  return {text.data(), static_cast<std::size_t>(end - text.data())};
}

std::string same(std::string_view text) {
  const auto time = parse_iso8601(text);
  return time ? utc(*time) : "none";
}

TEST(TimeTextTest, ReadsTheFormsOfIso8601) {
  EXPECT_EQ(same("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(same("2026-01-02t03:04:05z"), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(same("2026-01-02 03:04:05Z"), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(same("2026-01-02T03:04Z"), "2026-01-02T03:04:00.000000Z");
  EXPECT_EQ(same("2026-01-02T03:04:05.6Z"), "2026-01-02T03:04:05.600000Z");
  EXPECT_EQ(same("2026-01-02T03:04:05,000006Z"), "2026-01-02T03:04:05.000006Z");
  EXPECT_EQ(same("2026-01-02T03:04:05.123456999999999999Z"), "2026-01-02T03:04:05.123456Z");
}

TEST(TimeTextTest, TakesTheOffsetOff) {
  EXPECT_EQ(same("2026-01-02T03:04:05+01:30"), "2026-01-02T01:34:05.000000Z");
  EXPECT_EQ(same("2026-01-02T03:04:05+0130"), "2026-01-02T01:34:05.000000Z");
  EXPECT_EQ(same("2026-01-02T03:04:05-23"), "2026-01-03T02:04:05.000000Z");
  EXPECT_EQ(same("2026-01-01T00:00:00+00:01"), "2025-12-31T23:59:00.000000Z");
  EXPECT_EQ(same("2026-01-02T03:04:05-00:00"), "2026-01-02T03:04:05.000000Z");
}

TEST(TimeTextTest, SecondSixtyIsTheNextMinutesFirst) {
  EXPECT_EQ(same("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000000Z");
  EXPECT_EQ(same("2016-12-31T23:59:60.5Z"), "2017-01-01T00:00:00.500000Z");
}

TEST(TimeTextTest, RefusesWhatIsNoTime) {
  for (const char* bad : {"",
                          "Z",
                          "2026",
                          "2026-01-02",
                          "2026-01-02T",
                          "2026-01-02TZ",
                          "2026-01-02T03Z",
                          "2026-01-02T03:04:05",
                          "2026-01-02T03:04:05.Z",
                          "2026-01-02T03:04.5Z",
                          "2026-01-02T24:00:00Z",
                          "2026-01-02T03:60:00Z",
                          "2026-01-02T03:04:61Z",
                          "2026-00-02T03:04:05Z",
                          "2026-13-02T03:04:05Z",
                          "2026-01-00T03:04:05Z",
                          "2026-01-32T03:04:05Z",
                          "2026-04-31T03:04:05Z",
                          "26-01-02T03:04:05Z",
                          "+2026-01-02T03:04:05Z",
                          "-026-01-02T03:04:05Z",
                          "20260102T030405Z",
                          "2026-01-02T03:04:05+24:00",
                          "2026-01-02T03:04:05+01:60",
                          "2026-01-02T03:04:05+1",
                          "2026-01-02T03:04:05+01:",
                          "2026-01-02T03:04:05+010",
                          "2026-01-02T03:04:05Z ",
                          " 2026-01-02T03:04:05Z",
                          "2026-01-02T03:04:05ZZ",
                          "2026-01-02T03:04:05 UTC",
                          "2026-1-2T3:4:5Z",
                          "2026-01-02T03:04:05\0Z",
                          "2026-W01-1T03:04:05Z",
                          "2026-01-02_03:04:05Z"})
    EXPECT_EQ(same(bad), "none") << bad;
}

TEST(TimeTextTest, KnowsEveryDayOfTheCalendar) {
  for (int y = 1999; y <= 2101; ++y)
    for (unsigned m = 1; m <= 12; ++m)
      for (unsigned d = 1; d <= 31; ++d) {
        const year_month_day date{year(y), month(m), day(d)};
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT00:00:00Z", y, m, d);
        const auto time = parse_iso8601(text.data());
        ASSERT_EQ(time.has_value(), date.ok()) << text.data();
        if (!time) continue;
        ASSERT_EQ(*time, SystemTime(sys_days(date))) << text.data();
        ASSERT_EQ(utc(*time).substr(0, 20), std::string(text.data(), 19) + ".");
      }
  EXPECT_NE(same("2000-02-29T00:00:00Z"), "none");
  EXPECT_EQ(same("2100-02-29T00:00:00Z"), "none");
}

TEST(TimeTextTest, WhatIsWrittenIsReadBackTheSame) {
  Random random(5);
  const SystemTime first{sys_days(year(2000) / 1 / 1)};
  constexpr std::uint64_t span = 101ULL * 366 * 86400 * 1000000;
  for (int i = 0; i < 100000; ++i) {
    const SystemTime time = first + microseconds(random.below(span));
    ASSERT_EQ(parse_iso8601(utc(time)), time) << utc(time);
  }
}

TEST(TimeTextTest, ReadsEveryYearOfFourDigits) {
  EXPECT_EQ(same("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(same("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace pannier::record
