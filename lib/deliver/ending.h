// Books the end of records: of those in memory on the counter page's accounts, of those on disk on the
// spool's own, with a note for the spool. Used by LaneCore. Threads: T2 only; pure.
#pragma once
#include <span>
#include <vector>

#include "base/reasons.h"
#include "deliver/batch.h"
#include "observe/ledger.h"
#include "queue/spool_core.h"

namespace pannier::deliver {

// How records end: delivered, dead or dropped; `reason` of the account's enumeration.
struct Ending {
  observe::Account account{};
  std::uint8_t reason = 0;
};

class Endings {
 public:
  Endings(observe::LaneId lane, std::vector<observe::Movement>& books, std::vector<queue::RowEnd>& rows)
      : lane_(lane), books_(books), rows_(rows) {}

  void all(const Batch& batch, Ending how) { range(batch, 0, batch.records, how); }
  // Records [first, last) of the batch.
  void range(const Batch& batch, std::uint32_t first, std::uint32_t last, Ending how);
  void at(const Batch& batch, std::span<const std::uint32_t> sorted_indexes, Ending how);

 private:
  void book(observe::Account account, std::uint8_t reason, std::uint32_t records);
  void end(const queue::Slice& slice, std::uint32_t first, std::uint32_t last, Ending how);
  observe::LaneId lane_;
  std::vector<observe::Movement>& books_;
  std::vector<queue::RowEnd>& rows_;
};

}  // namespace pannier::deliver
