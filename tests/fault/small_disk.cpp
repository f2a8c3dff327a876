#include "tests/fault/small_disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

namespace pannier::fault {
namespace {

// Until nothing more fits.
void write_until_full(int file) {
  const std::string bytes(64U << 10U, 'f');
  for (std::size_t size = bytes.size(); size > 0;)
    if (::write(file, bytes.data(), size) <= 0) size /= 2;
}

}  // namespace

SmallDisk::SmallDisk(std::uint64_t mebibytes) {
  const std::string size = "mode=0755,size=" + std::to_string(mebibytes) + "m";
  is_there_ = ::mount("pannier-test", path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()) == 0;
  if (!is_there_)
    std::cout << "no small disk can be mounted here (" << std::strerror(errno)
              << "): this test needs root and proves nothing without\n";
}

SmallDisk::~SmallDisk() {
  if (is_there_) EXPECT_EQ(::umount2(path().c_str(), MNT_DETACH), 0) << std::strerror(errno);
}

bool SmallDisk::is_there() const {
  return is_there_;
}

doubles::DaemonOptions SmallDisk::holds(doubles::DaemonOptions options) const {
  const std::string usual = "@folder@/spool.db";
  options.config.replace(options.config.find(usual), usual.size(), spool().string());
  return options;
}

void SmallDisk::fill() {
  const int file = ::open((path() / "filler").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0);
  write_until_full(file);
  ::close(file);
}

void SmallDisk::empty() {
  std::filesystem::remove(path() / "filler");
}

void SmallDisk::read_only(bool is_so) const {
  const unsigned long how = MS_REMOUNT | MS_NOSUID | MS_NODEV | (is_so ? MS_RDONLY : 0UL);
  ASSERT_EQ(::mount("pannier-test", path().c_str(), "tmpfs", how, nullptr), 0) << std::strerror(errno);
}

}  // namespace pannier::fault
