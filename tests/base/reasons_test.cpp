#include "base/reasons.h"

#include <gtest/gtest.h>

#include <set>

namespace pannier {
namespace {

template <typename Reason>
class ReasonsTest : public testing::Test {};
using Accounts = testing::Types<Reject, Filter, LeftOut, Drop, Dead, Purge, Limit>;
TYPED_TEST_SUITE(ReasonsTest, Accounts);

TYPED_TEST(ReasonsTest, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < count_of<TypeParam>; ++i) names.insert(name(static_cast<TypeParam>(i)));
  EXPECT_EQ(names.size(), count_of<TypeParam>);
  EXPECT_FALSE(names.contains(""));
}

TEST(ReasonNamesTest, StandBesideTheirNumbers) {
  EXPECT_EQ(name(Reject::too_long), "too_long");
  EXPECT_EQ(name(Reject::created_at), "created_at");
  EXPECT_EQ(name(Reject::batch), "batch");
  EXPECT_EQ(name(LeftOut::replay), "replay");
  EXPECT_EQ(name(LeftOut::health_check), "health_check");
  EXPECT_EQ(name(Drop::partial_success), "partial_success");
  EXPECT_EQ(name(Dead::max_attempts), "max_attempts");
  EXPECT_EQ(name(Purge::by_hand), "by_hand");
  EXPECT_EQ(name(Limit::partial_bytes), "partial_bytes");
}

}  // namespace
}  // namespace pannier
