#include "observe/page_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/doubles/temporary_folder.h"
#include "tests/observe/page_memory.h"

namespace pannier::observe {
namespace {

using testing::HasSubstr;

class PageFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return (folder_.path() / "spool.db.page").string(); }
  void expect_refused(const std::string& words, ErrorCode code = ErrorCode::invalid) const {
    const auto file = PageFile::open(path(), 2);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, code) << file.error().message;
    EXPECT_THAT(file.error().message, HasSubstr(path()));
    EXPECT_THAT(file.error().message, HasSubstr(words));
  }
  doubles::TemporaryFolder folder_;
};

TEST_F(PageFileTest, HasAllItsBytesOnDiskAndIsForUsAndOurGroup) {
  const mode_t mask = ::umask(0);
  ASSERT_TRUE(PageFile::open(path(), 64));
  ::umask(mask);
  struct stat about{};
  ASSERT_EQ(::stat(path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0640U);
  EXPECT_GE(static_cast<std::size_t>(about.st_size), CounterPage::bytes_for(64));
  EXPECT_GE(about.st_blocks * 512, about.st_size) << "no block is missing that a store would need";
}

TEST_F(PageFileTest, KeepsWhatTheLastRunLeftUntilTheNextBegins) {
  {
    auto file = PageFile::open(path(), 2);
    ASSERT_TRUE(file);
    EXPECT_FALSE(file->last());
    auto page = file->begin(7, "boot-1");
    ASSERT_TRUE(page);
    (*page)->name_lane(0, DestinationId::malti, "malti/orders");
    (*page)->add(a_read(0, 5));
  }
  for (const std::size_t lanes : {2U, 1U, 9U}) {
    const auto file = PageFile::open(path(), lanes);
    ASSERT_TRUE(file && file->last()) << lanes;
    EXPECT_EQ(file->last()->run, 7U);
    EXPECT_EQ(file->last()->books.lanes.at(0).delivered, 5U) << lanes;
  }
  auto file = PageFile::open(path(), 9);
  auto page = file->begin(8, "boot-1");
  EXPECT_TRUE((*page)->contents().books.lanes.empty());
  EXPECT_EQ(PageFile::open(path(), 9)->last()->run, 8U);
}

TEST_F(PageFileTest, TakesAFileOfAnybodyElsesBytesForNoPage) {
  std::ofstream(path()) << std::string(10000, 'x');
  ::chmod(path().c_str(), 0640);
  const auto file = PageFile::open(path(), 2);
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->last());
}

TEST_F(PageFileTest, SaysThatTheDiskIsFullWhenItIsOpened) {
  const pid_t child = ::fork();  // the limit is the process's
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto file = PageFile::open(path(), 64);
    ::_exit(!file && file.error().code == ErrorCode::io &&
                    file.error().message.find("cannot allocate") != std::string::npos
                ? 0
                : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(PageFileTest, RefusesASymbolicLinkAndLeavesItsTargetAlone) {
  const auto target = folder_.path() / "target";
  std::ofstream(target) << "precious";
  std::filesystem::create_symlink(target, path());
  expect_refused("is a symbolic link; remove it");
  EXPECT_EQ(std::filesystem::file_size(target), 8U);
}

TEST_F(PageFileTest, RefusesWhatIsNoRegularFileWithoutWaiting) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0640), 0);
  expect_refused("is not a regular file; remove it");
  std::filesystem::remove(path());
  std::filesystem::create_directory(path());
  expect_refused("is a directory; remove it");
}

TEST_F(PageFileTest, RefusesAFileThatOthersCanWrite) {
  std::ofstream(path()) << "";
  ::chmod(path().c_str(), 0660);
  expect_refused("can be written by others; remove it, or: chmod 0640");
}

TEST_F(PageFileTest, RefusesAFileOfSomebodyElse) {
  std::ofstream(path()) << "";
  ::chmod(path().c_str(), 0640);
  // Only root can give a file away; anybody else can be given none, and is refused what belongs to root.
  if (::geteuid() != 0) {
    const auto file = PageFile::open("/etc/passwd", 2);
    ASSERT_FALSE(file);
    return;
  }
  ASSERT_EQ(::chown(path().c_str(), 4242, 4242), 0);
  expect_refused("belongs to uid 4242, not to uid 0");
}

TEST_F(PageFileTest, SaysWhereTheFolderIsMissing) {
  const auto file = PageFile::open(path() + "/no/such", 2);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::io);
  EXPECT_THAT(file.error().message, HasSubstr("cannot open"));
}

TEST(BootIdTest, IsTheSameForAsLongAsTheKernelRuns) {
  EXPECT_EQ(boot_id(), boot_id());
  if (std::filesystem::exists("/proc/sys/kernel/random/boot_id")) {
    EXPECT_EQ(boot_id().size(), 36U);
  }
}

}  // namespace
}  // namespace pannier::observe
