#include "observe/page_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/make_file.h"
#include "base/small_file.h"
#include "base/text.h"

namespace pannier::observe {
namespace {

constexpr mode_t file_mode = 0640;
constexpr std::size_t largest = 256U << 20U;  // of what the last run may have left

Error invalid(const std::string& path, std::string_view what) {
  return {ErrorCode::invalid, text::shown(path).append(" ").append(what)};
}

Error io(std::string_view what, const std::string& path, int number) {
  errno = number;
  return errno_error(std::string(what).append(" ").append(text::shown(path)));
}

Result<std::size_t> size_of(int file, const std::string& path) {
  struct stat about{};
  if (::fstat(file, &about) != 0) return io("cannot look at", path, errno);
  if (!S_ISREG(about.st_mode)) return invalid(path, "is not a regular file; remove it");
  if (about.st_uid != ::geteuid())
    return invalid(path, "belongs to uid " + std::to_string(about.st_uid) + ", not to uid " +
                             std::to_string(::geteuid()) + "; remove it, or run pannier as its owner");
  if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return invalid(path, "can be written by others; remove it, or: chmod 0640");
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size > largest) return invalid(path, "is too large to be a counter page; remove it");
  return size;
}

// O_NONBLOCK: opening a pipe must not wait for its writer.
Result<Fd> open_file(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, file_mode));
  if (!file && errno == ELOOP) return invalid(path, "is a symbolic link; remove it");
  if (!file && errno == EISDIR) return invalid(path, "is a directory; remove it");
  if (!file) return io("cannot open", path, errno);
  return file;
}

// A block that is not there yet would be missed by a store, and that ends the process.
Result<void> allocate(int file, const std::string& path, std::size_t bytes) {
  int failed = EINTR;
  while (failed == EINTR) failed = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
  if (failed == 0) return {};
  Error error = io("cannot allocate " + std::to_string(bytes) + " bytes for", path, failed);
  if (failed == ENOSPC || failed == EDQUOT) error.message.append("; make room on the disk");
  return error;
}

}  // namespace

Result<PageFile> PageFile::open(const std::string& path, std::size_t lanes) {
  auto file = open_file(path);
  if (!file) return file.error();
  const auto old_size = size_of(file->get(), path);
  if (!old_size) return old_size.error();
  const std::size_t bytes = CounterPage::bytes_for(lanes);
  const std::size_t mapped = std::max(bytes, *old_size);
  if (auto done = allocate(file->get(), path, mapped); !done) return done.error();
  void* memory = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file->get(), 0);
  if (memory == MAP_FAILED) return io("cannot map", path, errno);
  return PageFile(path, std::move(*file), {static_cast<std::byte*>(memory), mapped});
}

PageFile::PageFile(std::string path, Fd file, std::span<std::byte> memory)
    : path_(std::move(path)), file_(std::move(file)), memory_(memory), last_(CounterPage::read(memory)) {}

PageFile::PageFile(PageFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::move(other.file_)),
      memory_(std::exchange(other.memory_, {})),
      last_(std::move(other.last_)) {}

PageFile& PageFile::operator=(PageFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(memory_, other.memory_);
  std::swap(last_, other.last_);
  return *this;
}

PageFile::~PageFile() {
  if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

Result<std::unique_ptr<CounterPage>> PageFile::begin(std::uint64_t run, const std::string& boot) {
  // Its first bytes make it a page: without them it is none, wherever this is cut.
  constexpr std::size_t mark = sizeof(std::uint64_t);
  std::ranges::fill(memory_.first(mark), std::byte{0});
  std::atomic_signal_fence(std::memory_order_seq_cst);
  // On disk first: after a power cut there must not be the old numbers below the new run's name.
  std::ranges::fill(memory_.subspan(mark), std::byte{0});
  if (::msync(memory_.data(), memory_.size(), MS_SYNC) != 0) return io("cannot write to", path_, errno);
  return std::make_unique<CounterPage>(memory_, run, boot);
}

bool PageFile::is_moved() const {
  struct stat ours{}, there{};
  return ::fstat(file_.get(), &ours) != 0 || ::lstat(path_.c_str(), &there) != 0 ||
         ours.st_dev != there.st_dev || ours.st_ino != there.st_ino;
}

Result<void> PageFile::make_again(const HoldStill& still) {
  const std::string fresh = path_ + ".new";
  (void)::unlink(fresh.c_str());
  if (const auto made = make_file(fresh); !made) return made.error();
  auto file = open_file(fresh);
  if (!file) return file.error();
  if (auto done = allocate(file->get(), fresh, memory_.size()); !done) {
    (void)::unlink(fresh.c_str());
    return done.error();
  }
  void* memory = ::mmap(nullptr, memory_.size(), PROT_READ | PROT_WRITE, MAP_SHARED, file->get(), 0);
  if (memory == MAP_FAILED) return io("cannot map", fresh, errno);
  // The disk is waited for now, when nobody else waits.
  std::memset(memory, 0, memory_.size());
  int failed = 0;
  still([&] {
    std::memcpy(memory, memory_.data(), memory_.size());
    const void* there = ::mremap(memory, memory_.size(), memory_.size(), MREMAP_MAYMOVE | MREMAP_FIXED,
                                 static_cast<void*>(memory_.data()));
    failed = there == MAP_FAILED ? errno : 0;
  });
  if (failed != 0) return io("cannot map", fresh, failed);
  file_ = std::move(*file);
  if (::rename(fresh.c_str(), path_.c_str()) != 0) return io("cannot make anew", path_, errno);
  return {};
}

std::string boot_id() {
  constexpr std::size_t longest = 64;
  const auto file = read_if_there("/proc/sys/kernel/random/boot_id", longest, ::geteuid());
  if (!file || !*file) return "";
  return std::string(text::trimmed((*file)->text));
}

}  // namespace pannier::observe
