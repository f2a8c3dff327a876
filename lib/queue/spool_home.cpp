#include "queue/spool_home.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "base/fd.h"
#include "base/make_file.h"

namespace pannier::queue {
namespace {

// An empty file is nobody's.
Result<void> see_that_it_is_free(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0) return {};
  if (S_ISREG(about.st_mode) && about.st_size == 0) return {};
  return Error{ErrorCode::in_use,
               path + ": the spool's file was replaced while it was open; move away what lies there now"};
}

Result<void> copy_to(sqlite::Database& database, const std::string& path) {
  (void)::unlink(path.c_str());
  // The database makes none of its own with our mode.
  if (const auto made = make_file(path); !made) return made.error();
  auto copy = database.prepare("VACUUM INTO ?");
  if (!copy) return copy.error();
  copy->bind(1, std::string_view(path));
  if (const auto done = copy->run(); !done) return done.error();
  const Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return errno_error("cannot write " + path);
  return {};
}

}  // namespace

Result<void> write_home(sqlite::Database& database) {
  const std::string& path = database.path();
  const std::string fresh = path + ".carried";
  if (const auto is_free = see_that_it_is_free(path); !is_free) return is_free.error();
  if (const auto done = copy_to(database, fresh); !done) {
    (void)::unlink(fresh.c_str());
    return done.error();
  }
  // They belong to the file that is gone; beside the new one they would be taken for its own.
  for (const char* end : {"-wal", "-shm", "-journal"}) (void)::unlink((path + end).c_str());
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return errno_error("cannot make " + path + " anew");
  return {};
}

}  // namespace pannier::queue
