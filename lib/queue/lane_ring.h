// One lane's part of the Rings: what waits in memory, what was read back from the spool, and what the spool
// alone holds. A plain value without a lock of its own. User: Rings.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "observe/counter_page.h"
#include "queue/segment.h"

namespace pannier::queue {

enum class LaneHealth : std::uint8_t { healthy, failing, blocked };

// When T2 wants to be woken for a lane: at its first record, or when so much waits.
struct WakeAt {
  bool first = true;
  std::uint64_t records = ~0ULL;
  std::uint64_t bytes = ~0ULL;  // of fragments
  double high_mark = 2.0;       // part of what the lane may hold; above 1: never
  bool backlog = false;         // when something was read back from the spool
};

struct Waiting {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of fragments
  void add(const Slice& slice) { records += slice.records(), bytes += slice.bytes().size(); }
  void remove(const Slice& slice) { records -= slice.records(), bytes -= slice.bytes().size(); }
};

// How large records are at present: those that came lately weigh most. In fragments' bytes.
struct Lately {
  static constexpr std::uint64_t enough = 16384;  // records; from then on what was before counts half
  std::uint64_t records = 0, bytes = 0;
  void add(std::uint64_t more_records, std::uint64_t more_bytes) {
    if (records >= enough) records /= 2, bytes /= 2;
    records += more_records, bytes += more_bytes;
  }
};

struct HeldSegment {
  SegmentPtr segment;
  std::uint32_t first = 0;   // records before it were taken
  std::uint64_t ticket = 0;  // of the first read in it
  SystemTime arrived{};      // that read's
  StoredRow row;             // where it is on disk, if it is
  bool is_ready = true;      // T2 may take it; in mode always not before it is on disk, or was counted
                             // undurable
  bool is_being_stored = false;
  [[nodiscard]] bool is_stored() const { return row.id != 0; }
  [[nodiscard]] bool is_whole() const { return first == row.base; }  // of what is on disk
  [[nodiscard]] bool is_spare() const { return is_stored() && is_whole(); }
  [[nodiscard]] bool may_be_taken() const { return is_ready && !is_being_stored; }
  [[nodiscard]] Slice rest() const { return {segment, first, segment->records(), row, arrived}; }
};

struct LaneRing {
  enum Window : std::uint8_t { back, fresh_rows };

  std::string name;
  std::deque<HeldSegment> segments;  // oldest first; only the last may be open
  std::deque<Slice> loaded;          // read back from disk, oldest first
  std::size_t allocated = 0;         // by both
  std::size_t loaded_bytes = 0;      // allocated by `loaded` alone
  std::size_t spare = 0;             // allocated by `segments` that are on disk as a whole: they cost nothing
  Waiting fresh;                     // of `segments`, that may be taken
  Waiting backlog;                   // of `loaded`
  Lately lately;                     // of what was pushed or read back
  std::uint64_t unloaded = 0;        // records that only the disk holds
  RowId read_up_to = 0;              // rows up to this one were read back, or need not be
  // Rows that were taken and are not finished, by where they were taken from.
  std::array<std::set<RowId>, observe::windows_of_lane> open;
  // Set at the lane's end: rows (sorted) that were taken and surely not sent. Nothing is read back any more.
  std::optional<std::vector<RowId>> unsent;
  LaneHealth health = LaneHealth::healthy;
  WakeAt wake;
  bool woken = false;

  [[nodiscard]] observe::RowWindow window(std::size_t which) const {
    observe::RowWindow window;
    for (const RowId row : open[which]) {
      if (unsent && std::ranges::binary_search(*unsent, row)) continue;
      if (window.first == 0) window.first = row;
      window.last = row;
    }
    return window;
  }
  // The oldest row that is held in memory as a whole; rows above it are not to be read back. None: `none`.
  // A part of a row stays when younger ones are forgotten; such rows are among the open ones.
  [[nodiscard]] RowId oldest_held_row(RowId none) const {
    for (const HeldSegment& held : segments)
      if (held.is_spare()) return held.row.id;
    return none;
  }
};

}  // namespace pannier::queue
