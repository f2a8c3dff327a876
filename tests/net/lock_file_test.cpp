#include "net/lock_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/net/scratch.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;

TEST(LockFileTest, LetsOneInAndTellsTheSecondWhoThatIs) {
  const Scratch scratch;
  const auto first = LockFile::take(scratch.path("lock"));
  ASSERT_TRUE(first);
  const auto second = LockFile::take(scratch.path("lock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::in_use);
  EXPECT_THAT(second.error().message, HasSubstr(scratch.path("lock") + " is held by pannier, pid " +
                                                std::to_string(::getpid()) + ";"));
}

TEST(LockFileTest, SaysWhyThereCanBeNoSecondHolder) {
  const Scratch scratch;
  const auto first = LockFile::take(scratch.path("lock"));
  const auto second = LockFile::take(scratch.path("lock"), "two daemons can't share a spool");
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, testing::EndsWith("; two daemons can't share a spool"));
}

TEST(LockFileTest, IsFreeWhenItsHolderIsGoneAndTheFileStays) {
  const Scratch scratch;
  {
    ASSERT_TRUE(LockFile::take(scratch.path("lock")));
  }
  EXPECT_TRUE(std::filesystem::exists(scratch.path("lock")));
  EXPECT_TRUE(LockFile::take(scratch.path("lock")));
}

TEST(LockFileTest, ForgetsALongerPidThatStoodThere) {
  const Scratch scratch;
  std::ofstream(scratch.path("lock")) << "99999999999999\n";
  const auto held = LockFile::take(scratch.path("lock"));
  std::ostringstream content;
  content << std::ifstream(scratch.path("lock")).rdbuf();
  EXPECT_EQ(content.str(), std::to_string(::getpid()) + "\n");
}

TEST(LockFileTest, IsNeverReachedThroughALink) {
  const Scratch scratch;
  std::ofstream(scratch.path("precious")) << "precious";
  std::filesystem::create_symlink(scratch.path("precious"), scratch.path("lock"));
  const auto refused = LockFile::take(scratch.path("lock"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("is a symbolic link"));
  EXPECT_EQ(std::filesystem::file_size(scratch.path("precious")), 8U);
}

TEST(LockFileTest, NamesThePlaceThatCannotBeWritten) {
  const Scratch scratch;
  const auto refused = LockFile::take(scratch.path("missing/lock"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr(scratch.path("missing/lock") + " (No such file or directory)"));
}

}  // namespace
}  // namespace pannier::net::test
