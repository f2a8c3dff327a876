#include "base/make_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/doubles/temporary_folder.h"

namespace pannier {
namespace {

::mode_t mode_of(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
}

TEST(MakeFileTest, MakesTheFileForItsGroupAndTheFoldersAboveIt) {
  const doubles::TemporaryFolder folder;
  const ::mode_t before = ::umask(077);
  const auto made = make_file(folder / "state/pannier/spool.db");
  ::umask(before);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(mode_of(folder / "state/pannier/spool.db"), 0640U);
  EXPECT_EQ(mode_of(folder / "state") & 0027U, 0U) << "nobody else may look in";
}

TEST(MakeFileTest, LeavesAFileThatIsThereAlone) {
  const doubles::TemporaryFolder folder;
  doubles::write_file(folder / "spool.db", "content");
  ASSERT_EQ(::chmod((folder / "spool.db").c_str(), 0600), 0);
  ASSERT_TRUE(make_file(folder / "spool.db"));
  EXPECT_EQ(doubles::read_file(folder / "spool.db"), "content");
  EXPECT_EQ(mode_of(folder / "spool.db"), 0600U);
}

TEST(MakeFileTest, NamesThePathThatCanNotBeMade) {
  const auto refused = make_file("/proc/pannier/spool.db");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::io);
  EXPECT_NE(refused.error().message.find("/proc/pannier"), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace pannier
