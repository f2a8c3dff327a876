#include "queue/spool_reserve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/doubles/temporary_folder.h"

namespace pannier::queue {
namespace {

constexpr std::uint64_t bytes = 3U << 20U;

class SpoolReserveTest : public testing::Test {
 protected:
  [[nodiscard]] std::uint64_t allocated() const {
    struct stat about{};
    return ::stat(path_.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_blocks) * 512 : 0;
  }
  doubles::TemporaryFolder folder_;
  std::string path_ = folder_ / "spool.db.reserve";
  SpoolReserve reserve_{path_, bytes};
};

TEST_F(SpoolReserveTest, TakesItsRoomUntilItIsGivenUp) {
  EXPECT_FALSE(reserve_.is_there());
  ASSERT_TRUE(reserve_.make());
  EXPECT_GE(allocated(), bytes);
  EXPECT_TRUE(reserve_.give_up());
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_FALSE(reserve_.give_up());
}

TEST_F(SpoolReserveTest, IsLeftToTheNextRun) {
  ASSERT_TRUE(reserve_.make());
  EXPECT_TRUE(SpoolReserve(path_, bytes).is_there());
  EXPECT_FALSE(SpoolReserve(path_, 2 * bytes).is_there()) << "of another size";
}

TEST_F(SpoolReserveTest, WhatIsInItsPlaceIsNamed) {
  std::filesystem::create_directory(path_);
  const auto made = reserve_.make();
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, testing::HasSubstr(path_));
}

TEST_F(SpoolReserveTest, WhereThereIsNoRoomNothingIsLeft) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{bytes / 2, RLIM_INFINITY};
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto made = reserve_.make();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::limit) << made.error().message;
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace pannier::queue
