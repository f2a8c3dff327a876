#include "daemon/spool_status.h"

#include "observe/totals.h"

namespace pannier::daemon {
namespace {

std::string mode_name(queue::SpoolMode mode) {
  switch (mode) {
    case queue::SpoolMode::overflow: return "overflow";
    case queue::SpoolMode::always: return "always";
    case queue::SpoolMode::off: break;
  }
  return "off";
}

std::string state_of(const queue::SpoolOptions& options, const queue::SpoolFacts& facts) {
  if (!facts.trouble.empty()) return facts.trouble;
  if (!facts.is_full) return "ok";
  return options.when_full == queue::WhenFull::refuse ? "full: no more is taken"
                                                      : "full: the oldest records are dropped";
}

}  // namespace

void add_spool(Snapshot& snapshot, const queue::SpoolOptions& options, const queue::SpoolFacts& facts,
               std::optional<double> growth) {
  snapshot.spool.mode = mode_name(options.mode);
  if (!snapshot.spool.is_on()) return;
  snapshot.spool.state = state_of(options, facts);
  snapshot.spool.used = facts.used_bytes;
  snapshot.spool.limit = options.bytes;
  snapshot.spool.oldest = facts.oldest;
  snapshot.spool.growth = growth;
  if (!facts.carried) return;
  snapshot.totals = observe::sum_of(facts.carried->totals, snapshot.books);
  snapshot.lost_in_crash = facts.carried->lost_in_crash;
  snapshot.unknown_ends = facts.carried->unknown_ends;
}

}  // namespace pannier::daemon
