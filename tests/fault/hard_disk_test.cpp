// A disk that is read-only, or lets no file grow: the daemon goes on in memory, says so, and uses it
// again as soon as it can.
#include <sys/resource.h>

#include "tests/fault/load.h"
#include "tests/fault/small_disk.h"

namespace pannier::fault {
namespace {

class HardDiskTest : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] static std::string state(const DaemonProcess& daemon) {
    return daemon.status_json().string("/spool/state");
  }
  static void expect_ok_again(const DaemonProcess& daemon) {
    EXPECT_TRUE(wait_until([&] { return state(daemon) == "ok"; }, Deadline(45s)))
        << state(daemon) << daemon.log();
  }
  ScriptedBackend backend_;
};

TEST_P(HardDiskTest, AFileSizeLimitIsAFullDiskAndNoEnd) {
  DaemonProcess daemon(spool_options(backend_, GetParam(), {{"PANNIER__MEMORY", "24MiB"}}));
  ASSERT_TRUE(daemon.start());
  backend_.stop();
  const rlimit limit{3U << 20U, RLIM_INFINITY};
  ASSERT_EQ(::prlimit(daemon.pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  std::uint64_t sent = 0;
  const auto sees_it = [&] {
    send_lines(daemon, sent, 2000);
    sent += 2000;
    return state(daemon) != "ok" || sent > 100'000;
  };
  ASSERT_TRUE(wait_until(sees_it, patience));
  EXPECT_NE(state(daemon).find("File too large"), std::string::npos) << state(daemon);
  expect_logged(daemon, "going on in memory");
  expect_balanced(daemon);
  backend_.start_again();
  settled(daemon);
  const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(::prlimit(daemon.pid(), RLIMIT_FSIZE, &none, nullptr), 0);
  expect_ok_again(daemon);
  // What came faster than memory and backend could take, while nothing went to disk.
  const std::uint64_t dropped = daemon.status_json().number(std::string(orders) + "/dropped/full");
  EXPECT_EQ(backend_.contexts().size() + dropped, sent);
  expect_balanced(daemon);
}

TEST_P(HardDiskTest, AReadOnlyDiskIsUsedOnceItCanBeWritten) {
  SmallDisk disk(24);
  if (!disk.is_there()) return;
  DaemonProcess daemon(disk.holds(spool_options(backend_, GetParam())));
  ASSERT_TRUE(daemon.start());
  backend_.stop();
  send_records(daemon, 0, 500);
  ASSERT_EQ(daemon.terminate(), 0);
  disk.read_only(true);
  ASSERT_TRUE(daemon.start());
  EXPECT_NE(state(daemon).find("Read-only file system"), std::string::npos) << state(daemon);
  expect_logged(daemon, "Read-only file system");
  send_lines(daemon, 500, 500);
  expect_balanced(daemon);
  disk.read_only(false);
  expect_ok_again(daemon);
  expect_balanced(daemon);
  backend_.start_again();
  expect_all_arrive(backend_, daemon, marks(0, 1000));
}

INSTANTIATE_TEST_SUITE_P(EveryMode, HardDiskTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pannier::fault
