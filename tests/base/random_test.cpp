#include "base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace pannier {
namespace {

TEST(RandomTest, GivesTheSameSequenceForASeed) {
  Random one(42);
  Random other(42);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next(), other.next());
}

TEST(RandomTest, MatchesThePublishedSplitmix64) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
}

TEST(RandomTest, DrawsEvenlyFromItsRange) {
  Random random(5);
  std::array<int, 10> hits{};
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    ++hits.at(random.below(10));
    const double draw = random.uniform();
    ASSERT_GE(draw, 0.0);
    ASSERT_LT(draw, 1.0);
    sum += draw;
  }
  for (const int count : hits) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_NEAR(sum / 100'000, 0.5, 0.01);
}

TEST(RandomTest, IsSeededDifferentlyEachTime) {
  EXPECT_NE(random_seed(), random_seed());
}

}  // namespace
}  // namespace pannier
