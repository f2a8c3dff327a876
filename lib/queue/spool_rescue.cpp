#include "queue/spool_rescue.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <utility>

#include "base/fd.h"
#include "net/lock_file.h"
#include "queue/damaged_spool.h"
#include "queue/sqlite_store.h"

namespace pannier::queue {
namespace {

constexpr std::string_view mark = "SQLite format 3";

std::uint32_t big_endian(const std::array<unsigned char, 100>& bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4; ++i) number = number << 8U | bytes.at(i);
  return number;
}

// Garbage belongs to nobody; a database says in its first bytes whose it is.
bool may_be_set_aside(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return false;
  const Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  std::array<unsigned char, 100> head{};
  if (!file) return false;
  if (::pread(file.get(), head.data(), head.size(), 0) != static_cast<ssize_t>(head.size())) return true;
  if (std::string_view(reinterpret_cast<const char*>(head.data()), mark.size()) != mark) return true;
  constexpr std::size_t version_at = 60, application_at = 68;
  return big_endian(head, application_at) == spool_application &&
         big_endian(head, version_at) <= spool_schema;
}

Result<void> move(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return errno_error("cannot rename " + from + " to " + to);
  return {};
}

void remove_all(const std::string& path) {
  for (const char* end : {"", "-wal", "-shm", "-journal", ".lock"}) (void)::unlink((path + end).c_str());
}

Result<void> read_all_of(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return errno == ENOENT ? Result<void>{} : errno_error("cannot open " + path);
  constexpr std::size_t piece = 256U << 10U;
  const auto bytes = std::make_unique<char[]>(piece);
  off_t at = 0;
  for (;;) {
    const ssize_t got = ::pread(file.get(), bytes.get(), piece, at);
    if (got == 0) return {};
    if (got < 0 && errno != EINTR) return errno_error("cannot read " + path);
    at += std::max<ssize_t>(got, 0);
  }
}

// Complete and on disk when it returns.
Result<Rescued> build(const SpoolOptions& options, const std::string& path) {
  SpoolOptions fresh = options;
  fresh.path = path;
  remove_all(path);
  DamagedSpool damaged(options.path);
  auto store = SqliteStore::open(fresh);
  if (!store) return store.error();
  auto taken = (*store)->take_over(damaged);
  if (!taken) return taken.error();
  store->reset();
  (void)::unlink((path + ".lock").c_str());
  const Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return errno_error("cannot write " + path);
  return Rescued{{}, taken->records, taken->lost, damaged.facts().begun.has_value()};
}

}  // namespace

std::string damaged_name(const std::string& path) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  const std::string name = path + ".damaged-" + std::string(text.data(), size);
  struct stat about{};
  std::string free = name;
  for (int i = 2; ::lstat(free.c_str(), &about) == 0; ++i) free = name + "-" + std::to_string(i);
  return free;
}

Result<void> read_through(const SpoolOptions& options) {
  if (const auto done = read_all_of(options.path); !done) return done.error();
  return read_all_of(options.path + "-wal");
}

void finish_rescue(const SpoolOptions& options) {
  struct stat about{};
  if (::lstat(options.path.c_str(), &about) == 0) return;
  (void)std::rename((options.path + ".rescued").c_str(), options.path.c_str());
}

Result<Rescued> rescue_spool(const SpoolOptions& options) {
  const std::string& path = options.path;
  auto lock = net::LockFile::take(path + ".lock", "two daemons can't share a spool");
  if (!lock) return lock.error();
  if (!may_be_set_aside(path))
    return Error{ErrorCode::in_use,
                 path + ": a damaged file of another program; give spool.path another path"};
  const std::string fresh = path + ".rescue", ready = path + ".rescued";
  auto rescued = build(options, fresh);
  if (!rescued) {
    remove_all(fresh);
    return rescued.error();
  }
  rescued->aside = damaged_name(path);
  if (const auto done = move(fresh, ready); !done) return done.error();
  // The log first: beside the new file it would be taken for its own.
  (void)std::rename((path + "-wal").c_str(), (rescued->aside + "-wal").c_str());
  (void)::unlink((path + "-shm").c_str());
  if (const auto done = move(path, rescued->aside); !done) return done.error();
  if (const auto done = move(ready, path); !done) return done.error();
  return rescued;
}

}  // namespace pannier::queue
