// A damaged spool's way back: what can be read of it goes into a new file at its path, and the damaged one is
// set aside as PATH.damaged-20261121T220700Z. What is known to have been there and can't be read is counted
// as dropped(corrupt). A file of another program, of a newer pannier, or a directory is never touched. User:
// SqliteStore::open's callers. Threads: T3, or its owner before it starts; takes as long as to read the file.
#pragma once
#include <cstdint>
#include <string>

#include "base/error.h"
#include "queue/options.h"

namespace pannier::queue {

struct Rescued {
  std::string aside;  // where the damaged file is now
  std::uint64_t records = 0, lost = 0;
  bool is_known = false;  // the damaged file said what it held
};

// Whether every byte of the file and its log can be read: where the disk fails SQLite may take it for damage.
Result<void> read_through(const SpoolOptions& options);

// REQUIRES: nobody has it open. Whatever stops it, also a kill, the damaged file or the complete new one is
// at its path, or is brought there by finish_rescue().
Result<Rescued> rescue_spool(const SpoolOptions& options);

// Before a spool is opened: what a rescue that was killed had ready.
void finish_rescue(const SpoolOptions& options);

// What the damaged file is called from then on.
std::string damaged_name(const std::string& path);

}  // namespace pannier::queue
