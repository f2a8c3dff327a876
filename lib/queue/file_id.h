// Which file lies at a path: to see that it is another one than before. Users: the spool's files. Threads:
// pure, but for the look at the disk.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

namespace pannier::queue {

struct FileId {
  std::uint64_t device = 0, number = 0;
  bool operator==(const FileId&) const = default;
};

inline std::optional<FileId> id_of_file(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0) return std::nullopt;
  return FileId{about.st_dev, about.st_ino};
}

}  // namespace pannier::queue
