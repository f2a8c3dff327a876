// What judge and story are told of the spool.
#include "simulation/spool_hand.h"

namespace pannier::simulation {

void SpoolHand::tell_begun() const {
  if (!stage_.is_told()) return;
  std::string held;
  for (const queue::CarriedLane& lane : carried_->lanes)
    held += ", " + counted(lane.records, "record") + " of " + lane.name;
  stage_.tell("the spool is open", held.empty() ? ", empty" : held, ", ",
              counted(carried_->letters, "record"), " in dead letters; lost_in_crash of the run before: ",
              carried_->lost_in_crash ? std::to_string(*carried_->lost_in_crash) : "unknown");
}

// All its files together, whatever is in them.
void SpoolHand::check_bytes() const {
  if (!*applied_) return;
  const std::uint64_t used = disk_.store().used_bytes();
  if (used > plan_.spool.bytes)
    stage_.complain("the spool uses " + std::to_string(used) + " bytes, and spool.bytes is " +
                    std::to_string(plan_.spool.bytes));
}

std::int64_t SpoolHand::uncommitted(const std::string& lane) const {
  const auto found = uncommitted_.find(lane);
  return found == uncommitted_.end() ? 0 : found->second;
}

std::uint64_t SpoolHand::put_unknown() const {
  std::uint64_t records = 0;
  if (applied_ && *applied_)
    for (const queue::Put& put : work_.transaction.puts) records += put.slice.records();
  return records;
}

}  // namespace pannier::simulation
