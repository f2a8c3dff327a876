// The ledger's numbers in memory that outlives a killed process: a file mapped MAP_SHARED, or, in tests,
// plain memory. It holds all that is not the spool's own (DESIGN.md section 4, "Ledger"), and which rows of
// the spool may be in flight. A kill in the middle of a change leaves all of it or nothing. Threads: the
// ledger's lock guards add and name_lane, the rings' lock guards mark. Cost: some stores a movement.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "observe/ledger.h"

namespace pannier::observe {

// Rows of the spool that a lane has taken and not finished; none where last is 0.
struct RowWindow {
  std::int64_t first = 0, last = 0;
};
// Two, because what is read back and what is fresh are far apart.
inline constexpr std::size_t windows_of_lane = 2;
using LaneWindows = std::array<RowWindow, windows_of_lane>;

// What a page says of its run.
struct RunPage {
  std::uint64_t run = 0;
  std::string boot;                  // the kernel's boot id when the run began
  Books books;                       // without the spool's own numbers; held is empty
  std::vector<LaneWindows> windows;  // by LaneId, as books.lanes
};

class CounterPage {
 public:
  static std::size_t bytes_for(std::size_t lanes);

  // Begins a run's page in `memory`: for as many lanes as have a place in it. REQUIRES: aligned to 8 bytes,
  // bytes_for(0) at least, and outlives the page. A boot id beyond 63 bytes is cut.
  CounterPage(std::span<std::byte> memory, std::uint64_t run, const std::string& boot);

  void open(ListenerId listener);
  void open(DestinationId destination);
  // All of them or none, unless they are more than there are counters. The spool's own are left out, and
  // those of lanes without a place.
  void add(std::span<const Movement> movements);
  // False: no place for one more lane, or a name beyond 511 bytes; what it moves is then not on the page.
  // REQUIRES: lanes are named by number, from 0 on.
  bool name_lane(LaneId lane, DestinationId destination, const std::string& name);
  void mark(LaneId lane, std::size_t window, RowWindow rows);
  // REQUIRES: nobody changes it meanwhile.
  [[nodiscard]] RunPage contents() const;

  // None: no page, a torn one, or one of another layout. A change that was begun and could not end is done.
  // REQUIRES: aligned to 8 bytes.
  static std::optional<RunPage> read(std::span<const std::byte> memory);

 private:
  void raise(std::size_t flag);
  void finish_round(std::size_t entries);

  std::span<std::byte> memory_;
  std::size_t lanes_;
  std::size_t named_ = 0;
  std::vector<std::uint64_t> values_;  // what the counters say, or will when the round is over
};

}  // namespace pannier::observe
