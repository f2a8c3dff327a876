// The judge of a run: over all its daemons, the ledger, the disk and the backend's own count must tell the
// same story. Threads: one.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "observe/ledger.h"
#include "simulation/backend.h"
#include "simulation/daemon.h"
#include "simulation/disk.h"
#include "simulation/plan.h"
#include "simulation/sender.h"
#include "simulation/stage.h"

namespace pannier::simulation {

class Judge {
 public:
  Judge(const Plan& plan, Stage& stage, const Backend& backend, Disk& disk, const Senders& senders)
      : plan_(plan), stage_(stage), backend_(backend), disk_(disk), senders_(senders) {}

  void began(const queue::Carried& carried);  // a run of the spool
  void killed(const Daemon& daemon);          // before it is gone
  void power_was_cut();
  void ended(const Daemon& daemon);  // regularly
  // `early`: the last daemon has stopped, and what it held is still on disk.
  void check_end(observe::Books totals, bool early);

 private:
  struct Sums {
    std::uint64_t accepted = 0, delivered = 0, dead = 0, given_up = 0, out_of_range = 0, dropped = 0,
                  not_taken = 0, maybe_twice = 0;
    std::uint64_t held = 0, lost = 0, undurable = 0, unplaced = 0, replayed = 0;
  };
  struct Seen {  // at the backend, or on disk where a run ended early
    std::uint64_t copies = 0, distinct = 0, meant = 0, sent = 0, missing = 0;
    std::uint64_t poison = 0, poison_sent = 0;  // the doomed are among them
    std::uint64_t doomed = 0;
    std::vector<RecordId> missing_records, missing_acked;  // no poison
    std::vector<RecordId> duplicated;
  };
  void tell_sums(const char* whose, const Sums& sums) const;
  void tell_missing(const Seen& seen) const;
  static Sums sums_of(const observe::Books& totals);
  [[nodiscard]] Seen look(bool early);
  [[nodiscard]] std::set<RecordId> on_disk() const;
  void forget(const Sums& known);
  void check_lost(const queue::Carried& carried);
  void check_listener(const observe::Books& totals);
  void check_counts(const Sums& sums, const Seen& seen, bool early);
  void check_missing(const Sums& sums, const Seen& seen);
  void check_calm(const Sums& sums, const Seen& seen, bool early);
  void check_doomed(const Sums& sums, const Seen& seen) const;
  void check_drops(const observe::Books& totals, bool early);

  const Plan& plan_;
  Stage& stage_;
  const Backend& backend_;
  Disk& disk_;
  const Senders& senders_;
  bool is_begun_ = false;  // the spool knows of a run that has not ended
  bool was_cut_ = false, was_ever_cut_ = false;
  bool is_exact_ = true;  // the account of each run is in the totals
  std::uint64_t restarts_ = 0;
  std::optional<std::uint64_t> will_lose_;
  std::optional<Sums> before_;  // of the run that was killed
  Sums forgotten_;              // that no totals know of
};

}  // namespace pannier::simulation
