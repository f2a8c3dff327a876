#include "deliver/backoff.h"

#include <gtest/gtest.h>

namespace pannier::deliver {
namespace {

using namespace std::chrono_literals;

RetryOptions options() {
  return {.base = 100ms, .cap = 10s};
}

TEST(BackoffTest, DrawsEachWaitFromZeroToACeilingThatDoubles) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    Backoff backoff(options());
    std::chrono::milliseconds ceiling = 100ms;
    for (int failure = 0; failure < 12; ++failure) {
      const auto wait = backoff.after_failure({}, random);
      ASSERT_GE(wait, 0ms);
      ASSERT_LE(wait, std::min<std::chrono::milliseconds>(ceiling, 10s)) << "failure " << failure;
      ceiling *= 2;
    }
  }
}

// Full jitter: a fleet that failed together must not come back together.
TEST(BackoffTest, UsesTheWholeRange) {
  for (int failures = 0; failures < 10; ++failures) {
    const auto ceiling = std::min<std::chrono::milliseconds>(100ms * (1 << failures), 10s);
    int lowest_tenth = 0, highest_tenth = 0;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      Random random(seed);
      Backoff backoff(options());
      for (int i = 0; i < failures; ++i) (void)backoff.after_failure({}, random);
      const auto wait = backoff.after_failure({}, random);
      lowest_tenth += wait < ceiling / 10 ? 1 : 0;
      highest_tenth += wait > ceiling * 9 / 10 ? 1 : 0;
    }
    EXPECT_NEAR(lowest_tenth, 100, 40) << failures;
    EXPECT_NEAR(highest_tenth, 100, 40) << failures;
  }
}

TEST(BackoffTest, NeverWaitsLongerThanTheCapHoweverOftenItFailed) {
  Random random(1);
  Backoff backoff({.base = 24h, .cap = 30s});
  for (int i = 0; i < 1000; ++i) ASSERT_LE(backoff.after_failure({}, random), 30s);
}

TEST(BackoffTest, NeverWaitsLessThanTheBackendAskedFor) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    EXPECT_EQ(Backoff(options()).after_failure(7s, random), 7s);
    const auto wait = Backoff(options()).after_failure(50ms, random);
    EXPECT_GE(wait, 50ms);
    EXPECT_LE(wait, 100ms);
  }
}

TEST(BackoffTest, WaitsAnHourAtMostForABackendsWish) {
  Random random(1);
  EXPECT_EQ(Backoff(options()).after_failure(48h, random), 1h);
  EXPECT_EQ(Backoff(options()).longest(48h), 1h);
}

TEST(BackoffTest, ABlockedLaneWaitsTheLongestDelayOrTheBackendsWish) {
  EXPECT_EQ(Backoff(options()).longest({}), 10s);
  EXPECT_EQ(Backoff(options()).longest(3s), 10s);
  EXPECT_EQ(Backoff(options()).longest(60s), 60s);
}

TEST(BackoffTest, ASuccessMakesItPatientAgain) {
  Random random(1);
  Backoff backoff(options());
  for (int i = 0; i < 10; ++i) (void)backoff.after_failure({}, random);
  for (int i = 0; i < 100; ++i) {
    backoff.after_success();
    ASSERT_LE(backoff.after_failure({}, random), 100ms);
  }
}

TEST(BackoffTest, AReloadChangesBaseAndCap) {
  Random random(1);
  Backoff backoff(options());
  backoff.configure({.base = 1ms, .cap = 2ms});
  for (int i = 0; i < 20; ++i) ASSERT_LE(backoff.after_failure({}, random), 2ms);
  EXPECT_EQ(backoff.longest({}), 2ms);
}

}  // namespace
}  // namespace pannier::deliver
