#include "queue/spool_reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/fd.h"

namespace pannier::queue {
namespace {

constexpr ::mode_t file_mode = 0640;
constexpr std::uint64_t block = 512;  // of st_blocks, whatever the file system's are

int allocate(int file, std::uint64_t bytes) {
  int failed = EINTR;
  while (failed == EINTR) failed = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
  return failed;
}

bool is_no_room(int number) {
  return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

}  // namespace

SpoolReserve::SpoolReserve(std::string path, std::uint64_t bytes) : path_(std::move(path)), bytes_(bytes) {
  look();
}

void SpoolReserve::look() {
  struct stat about{};
  is_there_ = ::lstat(path_.c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
              static_cast<std::uint64_t>(about.st_blocks) * block >= bytes_;
}

Result<void> SpoolReserve::make() {
  if (is_there_) return {};
  const Fd file(
      ::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, file_mode));
  if (!file) {
    Error error = errno_error("cannot make " + path_);
    if (is_no_room(errno)) error.code = ErrorCode::limit;
    return error;
  }
  if (const int failed = allocate(file.get(), bytes_); failed != 0) {
    (void)::unlink(path_.c_str());
    errno = failed;
    Error error = errno_error("cannot set aside " + std::to_string(bytes_) + " bytes as " + path_);
    if (is_no_room(failed)) error.code = ErrorCode::limit;
    return error;
  }
  is_there_ = true;
  return {};
}

bool SpoolReserve::give_up() {
  if (!std::exchange(is_there_, false)) return false;
  (void)::unlink(path_.c_str());
  return true;
}

}  // namespace pannier::queue
