#include "daemon/roles.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace pannier::daemon {
namespace {

// A uid that the user database does not know.
constexpr uid_t stranger = 3'999'999'999;

std::string name_of(gid_t gid) {
  const group* found = getgrgid(gid);  // NOLINT(concurrency-mt-unsafe): one thread
  return found == nullptr ? std::string() : found->gr_name;
}

TEST(RoleTest, RootAndTheDaemonsOwnUserMayDoAll) {
  EXPECT_EQ(role_of({.uid = 0, .gid = 0}, ""), Role::all);
  EXPECT_EQ(role_of({.uid = geteuid(), .gid = stranger}, ""), Role::all);
}

TEST(RoleTest, MembersOfTheReadGroupMayOnlyLook) {
  const std::string group = name_of(0);
  ASSERT_FALSE(group.empty());
  EXPECT_EQ(role_of({.uid = stranger, .gid = 0}, group), Role::read);
}

TEST(RoleTest, EverybodyElseMayDoNothing) {
  EXPECT_EQ(role_of({.uid = stranger, .gid = stranger}, ""), Role::none);
  EXPECT_EQ(role_of({.uid = stranger, .gid = stranger}, name_of(0)), Role::none);
  EXPECT_EQ(role_of({.uid = stranger, .gid = 0}, "no-such-group"), Role::none);
  EXPECT_EQ(role_of({}, ""), Role::none) << "a peer of whom nothing is known";
}

}  // namespace
}  // namespace pannier::daemon
