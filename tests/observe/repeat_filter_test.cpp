#include "observe/repeat_filter.h"

#include <gtest/gtest.h>

namespace pannier::observe {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start{1h};

TEST(RepeatFilterTest, LetsAKeyThroughOnceAMinute) {
  RepeatFilter filter;
  EXPECT_EQ(filter.pass("full", start), 0U);
  EXPECT_EQ(filter.pass("full", start + 1s), std::nullopt);
  EXPECT_EQ(filter.pass("full", start + 1min - 1ns), std::nullopt);
  EXPECT_TRUE(filter.pass("full", start + 1min).has_value());
  EXPECT_EQ(filter.pass("full", start + 2min - 1ns), std::nullopt);
}

TEST(RepeatFilterTest, SaysHowOftenTheKeyWasHeldBackSinceItWasLastWritten) {
  RepeatFilter filter;
  (void)filter.pass("full", start);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(filter.pass("full", start + 1s), std::nullopt);
  EXPECT_EQ(filter.pass("full", start + 1min), 12U);
  EXPECT_EQ(filter.pass("full", start + 2min), 0U);
}

TEST(RepeatFilterTest, KeysDoNotHoldEachOtherBack) {
  RepeatFilter filter;
  EXPECT_EQ(filter.pass("full", start), 0U);
  EXPECT_EQ(filter.pass("blocked", start), 0U);
  EXPECT_EQ(filter.pass("full", start + 1s), std::nullopt);
}

TEST(RepeatFilterTest, RemembersABoundedNumberOfKeysAndForgetsTheOldest) {
  RepeatFilter filter;
  for (int i = 0; i < 1024; ++i) (void)filter.pass(std::to_string(i), start + std::chrono::nanoseconds(i));
  EXPECT_EQ(filter.pass("0", start + 1s), std::nullopt);
  EXPECT_EQ(filter.pass("one too many", start + 1s), 0U);
  EXPECT_EQ(filter.pass("0", start + 1s), 0U) << "the oldest gave way";
  EXPECT_EQ(filter.pass("2", start + 1s), std::nullopt) << "a younger one did not";
}

}  // namespace
}  // namespace pannier::observe
