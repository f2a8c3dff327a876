// What the daemon says of itself: one consistent snapshot, and its JSON, whose names are a contract
// (DESIGN.md 6). Threads: pure functions; made on T2, where the lanes' views are true.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "deliver/lane_core.h"
#include "observe/ledger.h"

namespace pannier::daemon {

// What Malti's SDKs say of themselves beside their counters.
struct SdkStats {
  std::string service, node;
  std::string malti_url;  // empty: Malti is off
  bool clean_mode = false;
};

struct SpoolStatus {
  std::string mode = "off";           // overflow, always, off
  std::string state = "ok";           // or what is wrong, in words
  std::uint64_t used = 0, limit = 0;  // bytes
  std::optional<SystemTime> oldest;   // when the oldest record that is there came
  std::optional<double> growth;       // bytes a second over the last minutes
  [[nodiscard]] bool is_on() const { return mode != "off"; }
  [[nodiscard]] bool is_ok() const { return state == "ok"; }
};

struct Snapshot {
  observe::Books books;                  // complete: held and kernel_dropped filled in
  std::vector<deliver::LaneView> lanes;  // by LaneId; may be shorter than the books' for a moment
  SteadyTime now;
  SystemTime wall_clock;
  std::chrono::milliseconds uptime{0};
  std::size_t memory_used = 0, memory = 0;
  std::string config_version;
  std::vector<std::string> warnings;  // of the configuration in force
  bool stopping = false;
  bool ready = false;  // as /readyz says
  SdkStats stats;
  std::map<std::string, std::string, std::less<>>
      key_files;  // by lane: where its key is read from, or would be
  SpoolStatus spool;
  std::optional<observe::Books> totals;  // since the spool was made, with this run; none in mode off
  std::optional<std::uint64_t> lost_in_crash = 0;  // by the last run; none: unknown, after a power cut
  std::uint64_t unknown_ends = 0;                  // of runs, since the spool was made
};

std::string status_json(const Snapshot& snapshot);

// "303 sent = 302 stored + 1 rejected, balanced": the ledger in a line, for the log's last words.
std::string ledger_line(const observe::Books& books);

std::string_view state_name(deliver::LaneState state);
// Records that are held in memory only.
std::uint64_t at_risk(const observe::Books& books);
// Records that were taken although the spool could not commit them.
std::uint64_t undurable(const observe::Books& books);
// None: the spool is empty.
std::optional<Duration> oldest_age(const Snapshot& snapshot);
// At this rate. None: it does not fill.
std::optional<Duration> full_in(const SpoolStatus& spool);

// A sentence for each sum that does not balance, of this run and of the totals.
std::vector<std::string> imbalances(const Snapshot& snapshot);
// Those of the configuration, and what this moment is to be warned of.
std::vector<std::string> all_warnings(const Snapshot& snapshot);

// Adds what the lanes' cores hold to what the rings hold.
void add_held(observe::Books& books, const std::vector<deliver::LaneView>& lanes);

}  // namespace pannier::daemon
