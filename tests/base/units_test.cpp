#include "base/units.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace pannier::units {
namespace {

using namespace std::chrono_literals;

TEST(SizeTest, TakesWholeNumbersWithABinaryUnit) {
  EXPECT_EQ(parse_size("0B"), 0U);
  EXPECT_EQ(parse_size("200B"), 200U);
  EXPECT_EQ(parse_size("256KiB"), 256U << 10U);
  EXPECT_EQ(parse_size("16MiB"), 16U << 20U);
  EXPECT_EQ(parse_size("1GiB"), 1U << 30U);
}

TEST(SizeTest, RefusesWhatCanBeReadTwoWays) {
  for (const char* text : {"", "16", "16M", "16MB", "16mib", "16 MiB", "1.5MiB", "-1MiB", "+1MiB", "MiB",
                           " 16MiB", "16MiB ", "0x10B", "99999999999999999999B", "9999999999GiB"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(SizeTest, IsShownInTheLargestUnitThatDividesIt) {
  EXPECT_EQ(size_text(0), "0B");
  EXPECT_EQ(size_text(1023), "1023B");
  EXPECT_EQ(size_text(1536), "1536B");
  EXPECT_EQ(size_text(2048), "2KiB");
  EXPECT_EQ(size_text(16U << 20U), "16MiB");
  EXPECT_EQ(size_text(1ULL << 40U), "1024GiB");
}

TEST(SizeTest, ReadsBackWhatItShows) {
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t bytes = (random.next() >> 3U) >> random.below(60);
    ASSERT_EQ(parse_size(size_text(bytes)), bytes);
  }
}

TEST(DurationTest, TakesEveryUnit) {
  EXPECT_EQ(parse_duration("0s"), 0us);
  EXPECT_EQ(parse_duration("7us"), 7us);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("1.1s"), 1100ms);
  EXPECT_EQ(parse_duration("10min"), 10min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("7d"), 7 * 24h);
}

TEST(DurationTest, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "5m", "5sec", "5S", "1e3s",
                           "nans", "infs", "inf", "0x5s", "99999999999999999d", "5s5s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(DurationTest, NeverTurnsAWaitIntoNone) {
  EXPECT_EQ(parse_duration("0.1us"), std::nullopt);
  EXPECT_EQ(parse_duration("0.0001ms"), std::nullopt);
  EXPECT_EQ(parse_duration("0.0ms"), 0us);
}

TEST(DurationTest, IsShownInTheLargestUnitThatDividesIt) {
  EXPECT_EQ(duration_text(0us), "0s");
  EXPECT_EQ(duration_text(250ms), "250ms");
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(120s), "2min");
  EXPECT_EQ(duration_text(24h), "1d");
  EXPECT_EQ(duration_text(1001us), "1001us");
}

TEST(DurationTest, ReadsBackWhatItShows) {
  Random random(2);
  for (int i = 0; i < 10'000; ++i) {
    const std::chrono::microseconds duration(
        static_cast<std::int64_t>((random.next() >> 12U) >> random.below(50)));
    ASSERT_EQ(parse_duration(duration_text(duration)), duration);
  }
}

TEST(DurationTest, IsToldToPeopleInTwoUnits) {
  EXPECT_EQ(about(0s), "0s");
  EXPECT_EQ(about(59s), "59s");
  EXPECT_EQ(about(60s), "1min");
  EXPECT_EQ(about(2h + 10min + 5s), "2h 10min");
  EXPECT_EQ(about(76h), "3d 4h");
  EXPECT_EQ(about(90s), "1min 30s");
}

}  // namespace
}  // namespace pannier::units
