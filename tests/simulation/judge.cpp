#include "simulation/judge.h"

#include <algorithm>
#include <cstdlib>

#include "observe/totals.h"

namespace pannier::simulation {

Judge::Sums Judge::sums_of(const observe::Books& totals) {
  Sums sums;
  for (const observe::LaneBooks& lane : totals.lanes) {
    sums.accepted += lane.accepted;
    sums.delivered += lane.delivered;
    sums.dead += observe::sum(lane.dead);
    sums.given_up += lane.dead[static_cast<std::size_t>(Dead::key_refused)];
    sums.out_of_range += lane.dead[static_cast<std::size_t>(Dead::out_of_range)];
    const std::uint64_t not_taken = lane.dropped[static_cast<std::size_t>(Drop::partial_success)];
    sums.not_taken += not_taken;
    sums.dropped += observe::sum(lane.dropped) - not_taken;
    sums.maybe_twice += lane.maybe_twice;
    sums.undurable += lane.undurable;
    sums.lost += lane.lost_in_crash;
    sums.held += lane.held.memory + lane.held.in_flight + lane.held.spool;
  }
  const auto& malti = totals.destinations[static_cast<std::size_t>(observe::DestinationId::malti)];
  sums.unplaced = malti.left_out[static_cast<std::size_t>(LeftOut::too_many_services)];
  sums.replayed = totals.listeners[static_cast<std::size_t>(observe::ListenerId::replay)].accepted;
  return sums;
}

void Judge::tell_sums(const char* whose, const Sums& sums) const {
  stage_.tell(whose, ": accepted ", sums.accepted, ", delivered ", sums.delivered, ", dead ", sums.dead,
              ", dropped ", sums.dropped, ", not taken ", sums.not_taken, ", held ", sums.held,
              ", lost_in_crash ", sums.lost, ", maybe_twice ", sums.maybe_twice, ", too_many_services ",
              sums.unplaced, ", replayed ", sums.replayed);
}

// ---- from run to run

void Judge::killed(const Daemon& daemon) {
  ++restarts_;
  if (daemon.has_open_spool()) {
    will_lose_ = daemon.would_lose();
    tell_sums("the totals as it was killed", sums_of(daemon.totals()));
    before_ = sums_of(daemon.totals());
    return;
  }
  is_exact_ = false;
  const Sums known = sums_of(daemon.books());
  forgotten_.dead += known.dead;
  forgotten_.dropped += known.dropped + known.not_taken;
  forgotten_.maybe_twice += known.maybe_twice;
  forgotten_.unplaced += known.unplaced;
}

void Judge::power_was_cut() {
  was_cut_ = was_ever_cut_ = true;
  is_exact_ = false;
}

void Judge::ended(const Daemon& daemon) {
  if (!daemon.has_open_spool()) return killed(daemon);
  ++restarts_;
  is_begun_ = disk_.is_in_doubt();
  if (is_begun_) before_ = sums_of(daemon.totals());
  if (!disk_.has_failed() && daemon.would_lose() != 0)
    stage_.complain("a regular end loses " + std::to_string(*daemon.would_lose()) + " records in memory");
  daemon.tell_books();
}

void Judge::began(const queue::Carried& carried) {
  tell_sums("the totals as it starts, without what is held", sums_of(carried.totals));
  check_lost(carried);
  if (was_cut_) forget(sums_of(carried.totals));
  is_begun_ = true;
  was_cut_ = false;
  before_.reset();
  for (const std::string& sentence : observe::imbalances_of_totals([&] {
         observe::Books totals = carried.totals;
         totals.dead_letters.stored = carried.letters;
         for (const queue::CarriedLane& lane : carried.lanes)
           for (observe::LaneBooks& books : totals.lanes)
             if (books.name == lane.name) books.held.spool = lane.records;
         return totals;
       }()))
    stage_.complain("not balanced after a start: " + sentence);
}

void Judge::check_lost(const queue::Carried& carried) {
  if (disk_.was_in_doubt()) return;
  if (is_begun_ && was_cut_) {
    if (carried.lost_in_crash) stage_.complain("says what a power cut has cost");
    return;
  }
  if (!carried.lost_in_crash) return stage_.complain("does not say what a kill has cost");
  const std::optional<std::uint64_t> expected = is_begun_ ? will_lose_ : 0;
  if (expected && *carried.lost_in_crash != *expected)
    stage_.complain("lost_in_crash is " + std::to_string(*carried.lost_in_crash) + " and not " +
                    std::to_string(*expected));
}

// What the run that had its power cut knew, and nobody knows any more.
void Judge::forget(const Sums& known) {
  if (!before_) return;
  const auto gone = [](std::uint64_t before, std::uint64_t now) { return before > now ? before - now : 0; };
  forgotten_.dead += gone(before_->dead, known.dead);
  forgotten_.dropped += gone(before_->dropped + before_->not_taken, known.dropped + known.not_taken);
  forgotten_.maybe_twice += gone(before_->maybe_twice, known.maybe_twice);
  forgotten_.unplaced += gone(before_->unplaced, known.unplaced);
}

// ---- at the end

void Judge::check_end(observe::Books totals, bool early) {
  if (early && plan_.has_spool())
    for (observe::LaneBooks& lane : totals.lanes)
      lane.held.spool = disk_.kept().records_of(lane.name).value_or(0);
  const Sums sums = sums_of(totals);
  // Nobody could open the spool any more, so the account of the last run that could is not closed.
  const bool is_open = early && is_begun_;
  if (is_open) {
    is_exact_ = false;
    forget(sums);
  }
  for (const std::string& sentence : observe::imbalances_of_totals(totals))
    if (plan_.has_spool() && !is_open) stage_.complain("not balanced at the end: " + sentence);
  const Seen seen = look(early);
  tell_sums("the totals at the end", sums);
  if (was_ever_cut_) tell_sums("known once, and forgotten in power cuts", forgotten_);
  stage_.tell("the senders sent ", seen.meant, " records for the backend, ", seen.sent,
              " with those sent again; the backend has ", seen.distinct, " of them in ", seen.copies,
              " copies");
  if (sums.undurable > 0) stage_.hits.hit(Fault::undurable);
  check_listener(totals);
  check_counts(sums, seen, early);
  check_missing(sums, seen);
  check_calm(sums, seen, early);
  check_drops(totals, early);
}

void Judge::tell_missing(const Seen& seen) const {
  if (!stage_.is_told() || seen.missing == 0) return;
  stage_.tell("missing (neither at the backend nor on disk): ", named(seen.missing_records), " and ",
              seen.missing - seen.missing_records.size(), " poison records");
  constexpr std::size_t most = 10;
  for (std::size_t i = 0; i < seen.missing_acked.size() && i < most; ++i) {
    const RecordId record = seen.missing_acked[i];
    const Senders::Account& account = senders_.account();
    stage_.tell("record ", record, " of malti/", account.meant.at(record).service,
                " is missing, and was acknowledged at ", Stage::at_second(account.acked.at(record)));
  }
}

std::set<RecordId> Judge::on_disk() const {
  std::set<RecordId> records;
  for (const std::string& row : disk_.kept().contents())
    for (std::size_t at = row.find("~s"); at != std::string::npos; at = row.find("~s", at + 2))
      records.insert(std::strtoull(row.c_str() + at + 2, nullptr, 10));
  return records;
}

Judge::Seen Judge::look(bool early) {
  Seen seen;
  const std::set<RecordId> kept = early && plan_.has_spool() ? on_disk() : std::set<RecordId>{};
  const auto& [lines, accepted, rejected, filtered, clean, meant, acked] = senders_.account();
  for (const auto& [record, count] : backend_.stored()) {
    ++seen.distinct;
    seen.copies += count;
    if (count > 1) seen.duplicated.push_back(record);
    if (!meant.contains(record)) stage_.complain("the backend holds a record nobody sent");
  }
  for (const auto& [record, how] : meant) {
    ++seen.meant;
    seen.sent += how.times;
    const bool is_there = backend_.stored().contains(record) || kept.contains(record);
    const bool is_poison = how.is_doomed || backend_.is_poison(record);
    if (how.is_doomed) ++seen.doomed;
    if (how.is_doomed && backend_.stored().contains(record))
      stage_.complain("the backend holds a doomed record");
    if (is_poison) ++seen.poison, seen.poison_sent += how.times;
    if (is_there) continue;
    ++seen.missing;
    if (is_poison) continue;
    seen.missing_records.push_back(record);
    if (acked.contains(record)) seen.missing_acked.push_back(record);
  }
  return seen;
}

void Judge::check_listener(const observe::Books& totals) {
  if (!is_exact_) return;
  const Senders::Account& sent = senders_.account();
  const observe::ListenerBooks& listener =
      totals.listeners[static_cast<std::size_t>(observe::ListenerId::unix_stream)];
  if (listener.lines != sent.lines) stage_.complain("the listener counts other lines than were sent");
  if (listener.accepted != sent.accepted)
    stage_.complain("the listener accepted other records than were good");
  if (observe::sum(listener.rejected) != sent.rejected) stage_.complain("rejected is not what was faulty");
  if (observe::sum(listener.filtered) != sent.filtered) stage_.complain("filtered is not what had no answer");
}

void Judge::check_counts(const Sums& sums, const Seen& seen, bool early) {
  if (is_exact_ && sums.accepted + sums.unplaced != seen.sent + sums.replayed)
    stage_.complain("the lanes accepted other records than were meant for them");
  if (!early && sums.held != 0) stage_.complain("something is still held at rest");
  if (sums.delivered > seen.copies) stage_.complain("more was booked as delivered than the backend holds");
  if (seen.copies - seen.distinct > sums.maybe_twice + forgotten_.maybe_twice) {
    stage_.tell("at the backend more than once: ", named(seen.duplicated));
    stage_.complain("more duplicates (" + std::to_string(seen.copies - seen.distinct) +
                    ") than maybe_twice (" + std::to_string(sums.maybe_twice) + ")");
  }
  const bool disk_was_well = !plan_.has_spool() || (!disk_.has_failed());
  if (sums.undurable > 0 && (disk_was_well || plan_.spool.mode != queue::SpoolMode::always))
    stage_.complain("undurable, and the disk never failed");
}

void Judge::check_missing(const Sums& sums, const Seen& seen) {
  const std::uint64_t counted = sums.dead + sums.dropped + sums.not_taken + sums.unplaced;
  if (is_exact_ && seen.missing > counted + sums.lost) {
    tell_missing(seen);
    stage_.complain(std::to_string(seen.missing) + " records are missing, and " +
                    std::to_string(counted + sums.lost) + " are counted");
  }
  const bool is_promised = plan_.spool.mode == queue::SpoolMode::always &&
                           (plan_.spool.survives == queue::Survives::power || !was_ever_cut_);
  const std::uint64_t forgotten = forgotten_.dead + forgotten_.dropped + forgotten_.unplaced;
  if (is_promised && seen.missing_acked.size() > counted + forgotten) {
    tell_missing(seen);
    stage_.complain(std::to_string(seen.missing_acked.size()) + " acknowledged records are missing, and " +
                    std::to_string(counted + forgotten) + " are counted");
  }
}

// Where nothing was given up, everything arrives.
void Judge::check_calm(const Sums& sums, const Seen& seen, bool early) {
  if (sums.given_up != 0 && !plan_.faults.has(Fault::key_given_up))
    stage_.complain("a key was given up that may be waited for for ever");
  if (is_exact_ && sums.out_of_range > seen.doomed + sums.replayed)
    stage_.complain("more dead letters are out of range than were doomed");
  if (early || !is_exact_ || plan_.faults.has(Fault::impatient)) return;
  check_doomed(sums, seen);
  if (sums.given_up != 0) return;
  if (sums.dead > seen.poison_sent + sums.replayed) stage_.complain("more dead letters than poison records");
  if (sums.dropped + sums.not_taken + sums.lost + sums.unplaced != 0) return;
  if (seen.missing != seen.poison) stage_.complain("a good record did not arrive");
  if (restarts_ == 0 && sums.dead != seen.poison_sent + sums.replayed)
    stage_.complain("the dead letters are not the poison records");
}

// Each is one dead letter, unless it was lost before.
void Judge::check_doomed(const Sums& sums, const Seen& seen) const {
  if (sums.replayed + sums.dropped + sums.lost + sums.unplaced + sums.given_up != 0) return;
  if (sums.out_of_range != seen.doomed)
    stage_.complain(std::to_string(seen.doomed) + " records were doomed, and " +
                    std::to_string(sums.out_of_range) + " are dead letters for it");
}

void Judge::check_drops(const observe::Books& totals, bool early) {
  const FaultSet& faults = plan_.faults;
  const auto dropped = [&](Drop reason) {
    std::uint64_t records = 0;
    for (const observe::LaneBooks& lane : totals.lanes)
      records += lane.dropped[static_cast<std::size_t>(reason)];
    return records;
  };
  if (dropped(Drop::partial_success) > 0 && !faults.has(Fault::partial_success))
    stage_.complain("dropped for a partial success that nobody had");
  const bool is_tight = faults.has(Fault::overload) || faults.has(Fault::small_memory) ||
                        (plan_.has_spool() && faults.has(Fault::spool_full));
  if (dropped(Drop::full) > 0 && !is_tight) stage_.complain("dropped without an overload");
  if (dropped(Drop::corrupt) > 0 && !disk_.has_damage()) stage_.complain("dropped a segment that was well");
  const bool may_shut = plan_.has_spool() ? disk_.has_failed() || faults.has(Fault::spool_full) : early;
  if (dropped(Drop::shutdown) > 0 && !may_shut)
    stage_.complain("dropped at the end what the disk could have taken");
}

}  // namespace pannier::simulation
