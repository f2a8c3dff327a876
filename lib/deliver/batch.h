// Records on their way out together. Owned by one LaneCore; what is sent are views into its slices.
// Threads: T2 only.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "queue/segment.h"

namespace pannier::deliver {

using BatchId = std::uint64_t;

struct Batch {
  BatchId id = 0;
  std::vector<queue::Slice> slices;
  std::uint32_t records = 0;
  std::size_t bytes = 0;       // of the fragments
  std::uint32_t attempts = 0;  // answers or silences so far, but for those that blocked the lane
  bool maybe_sent = false;     // the last attempt's outcome is unknown: sending again may store it twice
  bool doubt_booked = false;   // those that a killed run may have sent were counted
  // What the transport made of it to send it, kept for the next attempt; its parts have none yet.
  mutable std::shared_ptr<const std::string> packed;

  void add(queue::Slice slice);
  // Records that a killed run may have sent.
  [[nodiscard]] std::uint32_t doubtful() const;
  [[nodiscard]] std::uint64_t stored() const;  // records that are on disk
  // Both keep order, attempts and maybe_sent; ids are the caller's business.
  [[nodiscard]] std::pair<Batch, Batch> halves() const;                              // REQUIRES: records >= 2
  [[nodiscard]] Batch only(std::span<const std::uint32_t> sorted_indexes) const;     // indexes into the batch
  [[nodiscard]] Batch without(std::span<const std::uint32_t> sorted_indexes) const;  // indexes into the batch
};

}  // namespace pannier::deliver
