// A piece of a lane's queue: finished fragments one behind the other, and where each ends.
// Written under the Rings' lock until it is sealed, immutable then; shared by ring and batches, and freed (or
// kept for reuse) when the last of them lets go. What it allocated counts in the pool until then. Threads:
// SegmentPool from any thread; a sealed Segment may be read from any.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace pannier::queue {

class Segment {
 public:
  Segment(std::size_t capacity, std::size_t max_records);

  // A fragment of so many bytes can still be appended.
  [[nodiscard]] bool fits(std::size_t bytes) const {
    return !sealed_ && size_ + bytes <= capacity_ && ends_.size() < max_records_;
  }
  // Appends as many whole fragments from the `from`-th on as fit; ends[i] is where the i-th ends in `bytes`.
  // Returns how many.
  std::size_t append(std::string_view bytes, std::span<const std::uint32_t> ends, std::size_t from);
  void seal() { sealed_ = true; }
  void trim();  // gives back what is not used. REQUIRES: sealed, and nobody else reads it yet
  void set_format(std::uint8_t format) { format_ = format; }
  void reset() {
    size_ = 0;
    format_ = 0;
    sealed_ = false;
    ends_.clear();
  }

  [[nodiscard]] std::uint32_t records() const { return static_cast<std::uint32_t>(ends_.size()); }
  // How its fragments are written; what a number means is their encoder's business.
  [[nodiscard]] std::uint8_t format() const { return format_; }
  [[nodiscard]] std::uint32_t end_of(std::uint32_t record) const { return ends_[record]; }
  [[nodiscard]] std::uint32_t start_of(std::uint32_t record) const {
    return record == 0 ? 0 : ends_[record - 1];
  }
  // How many records from `first` on have at most so many bytes together.
  [[nodiscard]] std::uint32_t records_within(std::uint32_t first, std::size_t bytes) const;
  // The bytes of records [first, last).
  [[nodiscard]] std::string_view bytes(std::uint32_t first, std::uint32_t last) const {
    return {data_.get() + start_of(first), start_of(last) - start_of(first)};
  }
  [[nodiscard]] std::size_t allocated() const {
    return capacity_ + max_records_ * sizeof(std::uint32_t) + sizeof(Segment);
  }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t max_records() const { return max_records_; }

 private:
  std::unique_ptr<char[]> data_;
  std::vector<std::uint32_t> ends_;
  std::size_t size_ = 0;
  std::size_t capacity_;
  std::size_t max_records_;
  std::uint8_t format_ = 0;
  bool sealed_ = false;
};

using SegmentPtr = std::shared_ptr<Segment>;

// Hands out segments and knows how many bytes all living ones have allocated.
class SegmentPool : public std::enable_shared_from_this<SegmentPool> {
 public:
  static constexpr std::size_t usual_bytes = 64 * 1024;
  static constexpr std::size_t usual_records = 1024;
  static constexpr std::size_t kept = 32;  // free segments of the usual size kept for reuse

  // What a segment for a fragment of `bytes` will allocate.
  static std::size_t cost(std::size_t bytes);
  // How many fragments of `bytes` each fit into so much memory.
  static std::size_t fitting(std::size_t memory, std::size_t bytes);
  SegmentPtr make(std::size_t bytes);  // room for a fragment of `bytes` at least
  void trim(Segment& segment);         // where it is worth it: more than half of it is unused
  // A sealed segment of exactly these: what was read back. ends[i] is where the i-th ends in `bytes`.
  SegmentPtr make_filled(std::string_view bytes, std::span<const std::uint32_t> ends);
  [[nodiscard]] std::size_t allocated() const { return allocated_.load(std::memory_order_relaxed); }

 private:
  SegmentPtr hand_out(std::unique_ptr<Segment> segment);
  void give_back(Segment* segment) noexcept;
  std::atomic<std::size_t> allocated_{0};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Segment>> free_;  // guarded by mutex_
};

using RowId = std::int64_t;  // of a segment in the spool; 0: none

// Where a segment's records lie in the spool: its record `base` is the row's first one.
struct StoredRow {
  RowId id = 0;
  std::uint32_t base = 0;
  std::uint32_t records = 0;
};

// Records [first, last) of a segment.
struct Slice {
  SegmentPtr segment;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  StoredRow row = {};          // where they are on disk
  SystemTime arrived = {};     // the first of them, or one before it
  std::uint32_t attempts = 0;  // as Batch's, when they were put on disk
  bool maybe_sent = false;     // by a run that was killed, or that ended before the answer
  [[nodiscard]] bool is_stored() const { return row.id != 0; }
  // In one batch: written the same way, tried as often.
  [[nodiscard]] bool goes_with(const Slice& other) const {
    return segment->format() == other.segment->format() && attempts == other.attempts;
  }
  [[nodiscard]] std::uint32_t records() const { return last - first; }
  [[nodiscard]] std::string_view bytes() const { return segment->bytes(first, last); }
};

// The same records in a segment of their own.
Slice copy_of(const Slice& slice, SegmentPool& pool);

}  // namespace pannier::queue
