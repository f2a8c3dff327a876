#include "receive/doorkeeper.h"

#include <gtest/gtest.h>

namespace pannier::receive {
namespace {

TEST(DoorkeeperTest, LetsEverybodyInWhereNobodyIsNamed) {
  Doorkeeper door;
  door.set({}, {});
  EXPECT_FALSE(door.refuses(uid_t{1}));
  EXPECT_FALSE(door.refuses(std::nullopt));
}

TEST(DoorkeeperTest, LetsOnlyTheNamedIn) {
  Doorkeeper door;
  door.set({}, {5});
  EXPECT_FALSE(door.refuses(uid_t{5}));
  EXPECT_EQ(door.refuses(uid_t{6}), Limit::uid);
  EXPECT_EQ(door.refuses(std::nullopt), Limit::uid);
}

TEST(DoorkeeperTest, CountsAllTogetherAndEachUid) {
  Doorkeeper door;
  door.set({.connections = 3, .connections_per_uid = 2}, {});
  door.came(uid_t{1});
  door.came(uid_t{1});
  EXPECT_EQ(door.refuses(uid_t{1}), Limit::connections_per_uid);
  EXPECT_FALSE(door.refuses(uid_t{2}));
  door.came(std::nullopt);
  EXPECT_EQ(door.refuses(uid_t{2}), Limit::connections);
  door.left(uid_t{1});
  EXPECT_FALSE(door.refuses(uid_t{1}));
  EXPECT_FALSE(door.refuses(std::nullopt));
}

TEST(DoorkeeperTest, KeepsThoseWhoAreInWhenTheLimitsShrink) {
  Doorkeeper door;
  door.set({}, {});
  door.came(uid_t{1});
  door.came(uid_t{1});
  door.set({.connections = 1}, {});
  EXPECT_EQ(door.refuses(uid_t{2}), Limit::connections);
  door.left(uid_t{1});
  door.left(uid_t{1});
  EXPECT_FALSE(door.refuses(uid_t{2}));
}

}  // namespace
}  // namespace pannier::receive
