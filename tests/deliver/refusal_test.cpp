#include "deliver/refusal.h"

#include <gtest/gtest.h>

namespace pannier::deliver {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime begin{100h};

TEST(RefusalTest, IsFinalWhenItHasLastedSoLong) {
  Refusal refusal(1h);
  EXPECT_EQ(refusal.final_at(), std::nullopt) << "nobody has refused anything";
  refusal.refused(begin);
  refusal.refused(begin + 30min);
  EXPECT_EQ(refusal.final_at(), begin + 1h) << "the first one counts";
}

TEST(RefusalTest, TimeInWhichSomethingElseWasWrongDoesNotCount) {
  Refusal refusal(1h);
  refusal.refused(begin);
  refusal.paused(begin + 20min);
  refusal.paused(begin + 30min);
  EXPECT_EQ(refusal.final_at(), std::nullopt);
  refusal.refused(begin + 10h);
  EXPECT_EQ(refusal.final_at(), begin + 10h + 40min);
}

TEST(RefusalTest, StartsOverFromTheNextRefusal) {
  Refusal refusal(1h);
  refusal.refused(begin);
  refusal.start_over();
  EXPECT_EQ(refusal.final_at(), std::nullopt);
  refusal.refused(begin + 5h);
  EXPECT_EQ(refusal.final_at(), begin + 6h);
}

TEST(RefusalTest, ASuccessEndsItForGood) {
  Refusal refusal(1h);
  refusal.refused(begin);
  refusal.succeeded();
  refusal.refused(begin + 1h);
  EXPECT_EQ(refusal.final_at(), std::nullopt);
}

TEST(RefusalTest, WithoutALimitItIsNeverFinal) {
  Refusal refusal({});
  refusal.refused(begin);
  EXPECT_EQ(refusal.final_at(), std::nullopt);
}

}  // namespace
}  // namespace pannier::deliver
