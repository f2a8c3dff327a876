// A file in memory that knows what a disk would still have of it after a power cut: all up to the last sync,
// and of what was written since then each page of 4 KiB as it was at some moment, one of them torn in its
// sectors of 512 bytes; its size too is that of some moment. Users: Folder. Threads: not safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace pannier::simulation {

class MemoryFile {
 public:
  MemoryFile() = default;
  explicit MemoryFile(std::string bytes) : now_(std::move(bytes)), synced_(now_) {}

  [[nodiscard]] std::uint64_t size() const { return now_.size(); }
  [[nodiscard]] const std::string& bytes() const { return now_; }
  // What there is from `offset` on, at most `size`.
  [[nodiscard]] std::string_view read(std::uint64_t offset, std::size_t size) const;
  void write(std::uint64_t offset, std::string_view bytes);
  void truncate(std::uint64_t size);
  void sync();
  // The system said that it failed, and takes the pages for written all the same: no later sync writes them.
  void lose_sync();
  // Of which the next process knows nothing, and SQLite builds on what it reads: such pages are taken for not
  // written yet from then on, or a power cut would take what was committed after them, too.
  void find_lost();
  // A fault of the disk itself, in memory and below.
  void flip(std::uint64_t offset);

  struct Lost {
    std::uint64_t pages = 0, torn = 0;
  };
  Lost power_cut(Random& random);

 private:
  struct Change {  // bytes at offset, or a cut at `offset`
    std::uint64_t offset = 0;
    std::string bytes;
    bool is_cut = false;
  };
  class Arrival;
  [[nodiscard]] std::uint64_t size_after(std::size_t changes) const;

  std::string now_, synced_;
  bool has_lost_ = false;
  std::vector<Change> changes_;  // since the last sync
};

}  // namespace pannier::simulation
