// A disk of a few MiB for a daemon's spool: a tmpfs that is mounted for the test and gone after it, which
// needs root. Threads: one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/doubles/daemon_process.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::fault {

class SmallDisk {
 public:
  explicit SmallDisk(std::uint64_t mebibytes);
  ~SmallDisk();  // whatever is open on it
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // False: it can't be mounted here, which is said.
  [[nodiscard]] bool is_there() const;
  [[nodiscard]] std::filesystem::path path() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path spool() const { return path() / "spool.db"; }
  // The spool of a daemon with these options lies here.
  [[nodiscard]] doubles::DaemonOptions holds(doubles::DaemonOptions options) const;

  // Another program takes all that is left, in small files too; and goes again.
  void fill();
  void empty();
  void read_only(bool is_so) const;

 private:
  doubles::TemporaryFolder folder_;
  bool is_there_ = false;
};

}  // namespace pannier::fault
