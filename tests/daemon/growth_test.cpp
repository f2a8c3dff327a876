#include "daemon/growth.h"

#include <gtest/gtest.h>

namespace pannier::daemon {
namespace {

using namespace std::chrono_literals;

// So many seconds, fed each second.
void feed(Growth& growth, SteadyTime& now, int seconds, std::int64_t per_second, std::uint64_t& bytes) {
  for (int i = 0; i < seconds; ++i) {
    growth.add(now, bytes);
    now += 1s;
    bytes += static_cast<std::uint64_t>(per_second);
  }
}

TEST(GrowthTest, SaysNothingBeforeItHasWatchedForHalfAMinute) {
  Growth growth;
  SteadyTime now;
  std::uint64_t bytes = 0;
  EXPECT_FALSE(growth.bytes_per_second());
  feed(growth, now, 30, 100, bytes);
  EXPECT_FALSE(growth.bytes_per_second());
  feed(growth, now, 1, 100, bytes);
  EXPECT_EQ(growth.bytes_per_second(), 100.0);
}

TEST(GrowthTest, ForgetsWhatIsOlderThanFiveMinutes) {
  Growth growth;
  SteadyTime now;
  std::uint64_t bytes = 0;
  feed(growth, now, 3600, 1000, bytes);
  EXPECT_EQ(growth.bytes_per_second(), 1000.0);
  feed(growth, now, 150, 0, bytes);
  EXPECT_NEAR(*growth.bytes_per_second(), 500.0, 20.0);
  feed(growth, now, 155, 0, bytes);
  EXPECT_EQ(growth.bytes_per_second(), 0.0);
}

TEST(GrowthTest, IsBelowZeroWhileItShrinks) {
  Growth growth;
  SteadyTime now;
  std::uint64_t bytes = 1'000'000;
  feed(growth, now, 60, -10, bytes);
  EXPECT_EQ(growth.bytes_per_second(), -10.0);
}

TEST(GrowthTest, AfterALongPauseItBeginsAgain) {
  Growth growth;
  SteadyTime now;
  std::uint64_t bytes = 0;
  feed(growth, now, 60, 100, bytes);
  growth.add(now + 1h, bytes);
  EXPECT_FALSE(growth.bytes_per_second());
}

}  // namespace
}  // namespace pannier::daemon
