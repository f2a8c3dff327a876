// A file that does nothing but take room on the spool's disk, PATH.reserve: given up when the disk is full,
// so that rows can be removed all the same, for that needs room in the log and in the file. It stays when the
// daemon ends: the next one may find the disk full. User: SqliteStore. Threads: its own, which may wait for
// the disk. Errors: limit where there is no room for it, else io; each with the path and the cure.
#pragma once
#include <cstdint>
#include <string>

#include "base/error.h"

namespace pannier::queue {

class SpoolReserve {
 public:
  SpoolReserve(std::string path, std::uint64_t bytes);

  // All of it really allocated. Nothing to be done where it is there.
  Result<void> make();
  // False: there was none.
  bool give_up();
  [[nodiscard]] bool is_there() const { return is_there_; }
  // Somebody may have removed it.
  void look();

 private:
  std::string path_;
  std::uint64_t bytes_;
  bool is_there_ = false;
};

}  // namespace pannier::queue
