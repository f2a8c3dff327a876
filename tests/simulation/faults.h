// What can go wrong in a simulated run, and how often it did, with every verdict and command beside it.
// Threads: plain values.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "deliver/lane_core.h"
#include "simulation/file_faults.h"

namespace pannier::simulation {

enum class Fault : std::uint8_t {
  refused_connection,     // nothing was sent
  lost_before_store,      // the request was read, nothing stored, no answer
  lost_after_store,       // stored, no answer
  unavailable,            // 503
  unavailable_with_wish,  // 503 and Retry-After
  rate_limit,             // 429 with retry_after in the body
  bad_gateway,            // a proxy's 502; stored or not
  database_down,          // 500 that names nobody
  key_refused,            // 401 for a while
  wrong_address,          // 404 or 302 for a while
  proxy_page,             // HTML with 200
  wrong_count,            // 200 with another count
  garbage,                // no HTTP at all
  slow,                   // the answer takes up to the time-out
  poison_by_index,        // 422 that names the record
  poison_by_element,      // 500 with element #N
  poison_unnamed,         // 400 without a name
  poison_server_error,    // 500 without a name, for ever
  too_large,              // 413 over some number of records
  no_key,                 // a lane begins without a key
  overload,               // more than the memory holds
  too_many_services,      // more services than lanes
  hostile_lines,          // lines that are no records
  cut_connection,         // a stream ends in the middle of a line
  reload,                 // options and keys change
  impatient,              // max_age or max_attempts ends in dead letters
  early_stop,             // stopped while all this goes on
  partial_success,        // an OTLP backend takes a part of the batch and refuses the rest for good
  no_gzip,                // 415: it wants the same again, not packed
  kill,                   // at any moment: before, between and after commands and transactions
  killed_at_start,        // between the account's beginning and its page's
  power_cut,              // what was not synced is gone with it
  disk_fails,             // for a while, or once
  disk_slow,              // seconds for a transaction
  opened_late,            // the spool's file can't be opened when the daemon starts
  damaged_row,            // a segment that is not what was written
  spool_full,             // of few bytes: the oldest gives way
  refuse,                 // a full spool with when_full: refuse
  small_memory,           // spills soon
  stop_and_start,         // regularly, in the midst
  undurable,              // taken in mode always while the disk fails
  backlog_read,           // rows came back into memory
  put_back,               // a batch was put on disk while it is sent
  clock_step,             // the system's clock jumps, by days, forth and back
  again,                  // lines that a sender may have sent before
  spill,                  // mode overflow wrote what memory did not hold
  replay,                 // dead letters are sent again by hand
  purge,                  // or removed
  key_given_up,           // refused for so long that all its records become dead letters
  doomed,                 // records that Malti would not take, and that are never sent
  calm_overflow,          // a healthy run that never wrote a record to disk
  count_
};
inline constexpr auto fault_count = static_cast<std::size_t>(Fault::count_);
std::string_view name(Fault fault);

class FaultSet {
 public:
  static FaultSet random(Random& random);
  [[nodiscard]] bool has(Fault fault) const { return ((bits_ >> static_cast<unsigned>(fault)) & 1ULL) != 0; }
  void remove(Fault fault) { bits_ &= ~(1ULL << static_cast<unsigned>(fault)); }
  void remove_outages();  // the backend is well again; poison and its limits stay

 private:
  std::uint64_t bits_ = 0;
};

inline constexpr std::size_t verdict_count = 8;
inline constexpr std::size_t command_count = std::variant_size_v<deliver::Command>;

struct Hits {
  std::array<std::uint64_t, fault_count> faults{};
  std::array<std::uint64_t, file_fault_count> files{};  // tier B
  std::array<std::uint64_t, verdict_count> verdicts{};
  std::array<std::uint64_t, command_count> commands{};
  std::uint64_t records = 0, events = 0;

  void hit(Fault fault) { ++faults[static_cast<std::size_t>(fault)]; }
  void hit(FileFault fault) { ++files[static_cast<std::size_t>(fault)]; }
  void add(const Hits& other);
  // A line each; false where something was hit less than `least` times.
  bool print(std::uint64_t least, bool with_files) const;
};

}  // namespace pannier::simulation
