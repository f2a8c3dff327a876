#include "net/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "base/text.h"

namespace pannier::net {
namespace {

Error held(const std::string& path, int file, std::string_view why) {
  std::array<char, 32> content{};
  const ssize_t size = ::pread(file, content.data(), content.size(), 0);
  const std::string_view pid =
      text::trimmed({content.data(), size > 0 ? static_cast<std::size_t>(size) : 0U});
  return {ErrorCode::in_use, path + " is held by pannier, pid " +
                                 (pid.empty() ? "unknown" : text::shown(pid)) + "; " + std::string(why)};
}

bool write_pid(int file) {
  const std::string line = std::to_string(::getpid()) + "\n";
  // In place first: on a full disk there may be no room for what was given back.
  const auto size = static_cast<ssize_t>(line.size());
  return ::pwrite(file, line.data(), line.size(), 0) == size && ::ftruncate(file, size) == 0;
}

}  // namespace

Result<LockFile> LockFile::take(const std::string& path, std::string_view why) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file && errno == ELOOP)
    return Error{ErrorCode::invalid,
                 path + " is a symbolic link; remove it, a lock file must be a plain file"};
  if (!file) return errno_error("cannot open the lock file " + path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    return errno == EWOULDBLOCK ? held(path, file.get(), why) : errno_error("cannot lock " + path);
  if (!write_pid(file.get())) return errno_error("cannot write to the lock file " + path);
  return LockFile(std::move(file));
}

bool LockFile::is_at(const std::string& path) const {
  struct stat ours{}, there{};
  return ::fstat(file_.get(), &ours) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

}  // namespace pannier::net
