#include "deliver/retry_after.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace pannier::deliver {
namespace {

using namespace std::chrono_literals;

constexpr SystemTime now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + 12h;

TEST(RetryAfterTest, TakesSecondsUpToAnHour) {
  EXPECT_EQ(retry_after("0", now), 0ms);
  EXPECT_EQ(retry_after("7", now), 7s);
  EXPECT_EQ(retry_after(" 60 ", now), 60s);
  EXPECT_EQ(retry_after("3600", now), 1h);
  EXPECT_EQ(retry_after("3601", now), 1h);
  EXPECT_EQ(retry_after("99999999999999999999999999999999", now), 1h);
}

TEST(RetryAfterTest, TakesADateInEachOfHttpsForms) {
  EXPECT_EQ(retry_after("Thu, 01 Jan 2026 12:00:30 GMT", now), 30s);
  EXPECT_EQ(retry_after("Thursday, 01-Jan-26 12:00:30 GMT", now), 30s);
  EXPECT_EQ(retry_after("Thu Jan  1 12:00:30 2026", now), 30s);
  EXPECT_EQ(retry_after("Fri, 02 Jan 2026 12:00:00 GMT", now), 1h);
}

TEST(RetryAfterTest, IgnoresGarbageAndThePast) {
  for (const char* text : {"", "soon", "-1", "+5", "1.5", "1e3", "0x10", "7 seconds", "inf", "nan",
                           "Thu, 01 Jan 2026 11:59:59 GMT", "Thu, 01 Jan 2026 12:00:30",
                           "Thu, 99 Jan 2026 12:00:30 GMT", "Thu, 01 Jan 2026 12:00:30 GMT and more"})
    EXPECT_EQ(retry_after(text, now), std::nullopt) << text;
  EXPECT_EQ(retry_after(std::string(100'000, '9'), now), std::nullopt);
  EXPECT_EQ(retry_after(std::string_view("7\0", 2), now), std::nullopt);
}

TEST(RetryAfterTest, NumbersOutOfABodyAreBoundedToo) {
  EXPECT_EQ(wish_of_seconds(1.5), 1500ms);
  EXPECT_EQ(wish_of_seconds(1e300), 1h);
  EXPECT_EQ(wish_of_seconds(std::numeric_limits<double>::infinity()), 1h);
  EXPECT_EQ(wish_of_seconds(-1), std::nullopt);
  EXPECT_EQ(wish_of_seconds(std::nan("")), std::nullopt);
}

}  // namespace
}  // namespace pannier::deliver
