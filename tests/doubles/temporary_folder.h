// A fresh folder (0700) that goes with its owner, and two helpers for small files.
// Threads: a plain value.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace pannier::doubles {

class TemporaryFolder {
 public:
  TemporaryFolder();  // throws where none can be made: no test can go on without
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& path);  // empty where there is none
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace pannier::doubles
