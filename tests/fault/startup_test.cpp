// A start on a large backlog after a kill: it reads next to nothing of it before it is ready.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "observe/page_file.h"
#include "queue/sqlite_store.h"
#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

constexpr std::uint64_t mebibyte = 1ULL << 20U;
constexpr std::uint64_t most_read = 16 * mebibyte;
// The program itself is read from there too, and with a sanitizer it is large.
constexpr std::uint64_t most_from_disk = (sanitized ? 64 : 40) * mebibyte;

struct Backlog {
  const char* name;
  std::size_t segment;      // bytes
  std::uint64_t mebibytes;  // of all; $PANNIER_BACKLOG_MIB goes before it
};

std::uint64_t bytes_of(const Backlog& backlog) {
  const char* named = std::getenv("PANNIER_BACKLOG_MIB");  // NOLINT(concurrency-mt-unsafe): one thread
  if (named == nullptr) return backlog.mebibytes * mebibyte / (sanitized ? 16 : 1);
  return std::strtoull(named, nullptr, 10) * mebibyte;
}

// A daemon's spool as a kill leaves it: a run was begun, nothing was closed.
[[noreturn]] void fill_and_die(const std::string& path, const Backlog& backlog) {
  constexpr std::uint64_t run = 77;
  constexpr std::size_t bytes_at_once = 1U << 20U;
  auto store = queue::SqliteStore::open({.path = path, .bytes = 4096 * mebibyte});
  auto page_file = observe::PageFile::open(path + ".page", 128);
  if (!store || !page_file || !(*store)->begin_run(run, observe::boot_id(), std::nullopt)) ::_exit(1);
  auto page = page_file->begin(run, observe::boot_id());
  if (!page) ::_exit(1);
  auto pool = std::make_shared<queue::SegmentPool>();
  const std::string content(backlog.segment, 'x');
  const std::vector<std::uint32_t> ends{static_cast<std::uint32_t>(content.size())};
  const auto segment = pool->make_filled(content, ends);
  queue::RowId row = 0;
  for (std::uint64_t left = bytes_of(backlog); left > 0;) {
    queue::Transaction transaction;
    for (std::size_t bytes = 0; bytes < bytes_at_once && left > 0; bytes += content.size()) {
      transaction.puts.push_back({++row, "malti/orders", {segment, 0, 1, {}, system_now()}});
      left -= std::min<std::uint64_t>(left, content.size());
    }
    if (!(*store)->apply(transaction)) ::_exit(1);
  }
  ::kill(::getpid(), SIGKILL);
  ::_exit(1);
}

void evict(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  EXPECT_EQ(::fsync(file), 0);
  EXPECT_EQ(::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
  ::close(file);
}

// A line of /proc/PID/io.
std::uint64_t io(const DaemonProcess& daemon, std::string_view name) {
  const std::string text = read_file("/proc/" + std::to_string(daemon.pid()) + "/io");
  const std::size_t at = text.find(name);
  if (at == std::string::npos) return 0;
  std::uint64_t value = 0;
  std::from_chars(text.data() + at + name.size(), text.data() + text.size(), value);
  return value;
}

class StartupTest : public testing::TestWithParam<Backlog> {
 protected:
  void make_backlog() const {
    const pid_t child = ::fork();
    if (child == 0) fill_and_die(daemon_.spool_path(), GetParam());
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the spool could not be filled";
    for (const char* suffix : {"", "-wal", ".page"}) evict(daemon_.spool_path() + suffix);
  }
  [[nodiscard]] static DaemonOptions options() {
    DaemonOptions options;
    options.environment = {{"MALTI_URL", "http://127.0.0.1:9"},
                           {"MALTI_API_KEY", "key-orders"},
                           {"MALTI_SERVICE_NAME", "orders"},
                           {"PANNIER__SPOOL__BYTES", "4GiB"}};
    return options;
  }
  DaemonProcess daemon_{options()};
};

TEST_P(StartupTest, ReadsNoBacklogBeforeItIsReady) {
  ASSERT_NO_FATAL_FAILURE(make_backlog());
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(daemon_.start());
  const std::uint64_t from_disk = io(daemon_, "read_bytes: "), asked_for = io(daemon_, "rchar: ");
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  std::printf(
      "ready after %lld ms on a backlog of %llu MiB in segments of %zu bytes: %llu KiB read, %llu KiB of "
      "them from the disk\n",
      static_cast<long long>(took.count()), static_cast<unsigned long long>(bytes_of(GetParam()) / mebibyte),
      GetParam().segment, static_cast<unsigned long long>(asked_for / 1024),
      static_cast<unsigned long long>(from_disk / 1024));
  ASSERT_GT(asked_for, 0U) << "/proc/PID/io says nothing";
  EXPECT_LT(asked_for, most_read);
  EXPECT_LT(from_disk, most_from_disk);
  const JsonDocument status = daemon_.status_json();
  const std::uint64_t records = (bytes_of(GetParam()) + GetParam().segment - 1) / GetParam().segment;
  EXPECT_EQ(status.number(std::string(orders) + "/carried_in"), records) << status.text();
  EXPECT_EQ(status.number("/lost_in_crash"), 0U) << status.text();
  expect_balanced(daemon_);
}

INSTANTIATE_TEST_SUITE_P(EverySize, StartupTest,
                         testing::Values(Backlog{"SmallSegments", 100, 100},
                                         Backlog{"LargeSegments", 100'000, 1024}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace pannier::fault
