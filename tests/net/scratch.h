// A folder of the test's own, gone with it. It lies in the system's temporary folder, so that a socket's path
// is short enough.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

namespace pannier::net::test {

class Scratch {
 public:
  Scratch() {
    std::string name = std::filesystem::temp_directory_path() / "pannier-net-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

}  // namespace pannier::net::test
