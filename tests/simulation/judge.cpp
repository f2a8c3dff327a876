// The judge of a run: the ledger and the backend's own count must tell the same story.
#include <algorithm>

#include "simulation/world.h"

namespace pannier::simulation {
namespace {

struct Totals {
  std::uint64_t accepted = 0, delivered = 0, dead = 0, dropped = 0, not_taken = 0, maybe_twice = 0, held = 0;
};

Totals totals_of(const observe::Books& books) {
  Totals totals;
  for (const observe::LaneBooks& lane : books.lanes) {
    totals.accepted += lane.accepted;
    totals.delivered += lane.delivered;
    totals.dead += observe::sum(lane.dead);
    const std::uint64_t not_taken = lane.dropped[static_cast<std::size_t>(Drop::partial_success)];
    totals.not_taken += not_taken;
    totals.dropped += observe::sum(lane.dropped) - not_taken;
    totals.maybe_twice += lane.maybe_twice;
    totals.held += lane.held.memory + lane.held.in_flight;
  }
  return totals;
}

}  // namespace

void World::check_end(bool stopped) {
  check_balance();
  const observe::Books now = books();
  const Senders::Account& sent = senders_.account();
  const observe::ListenerBooks& listener =
      now.listeners[static_cast<std::size_t>(observe::ListenerId::unix_stream)];
  if (listener.lines != sent.lines) complain("the listener counts other lines than were sent");
  if (listener.accepted != sent.accepted) complain("the listener accepted other records than were good");
  if (observe::sum(listener.rejected) != sent.rejected) complain("rejected is not what was faulty");
  if (observe::sum(listener.filtered) != sent.filtered) complain("filtered is not what had no answer");
  check_records(stopped);
}

void World::check_records(bool stopped) {
  const Totals totals = totals_of(books());
  std::uint64_t copies = 0, distinct = 0, poison = 0, unplaced = 0;
  for (const auto& [record, count] : backend_.stored()) {
    ++distinct;
    copies += count;
    if (!senders_.account().meant_for_lane.contains(record))
      complain("the backend holds a record nobody sent");
  }
  for (const auto& [record, service] : senders_.account().meant_for_lane) {
    const bool placed =
        std::ranges::any_of(lanes_, [&](const Lane& lane) { return lane.service == service; });
    unplaced += placed ? 0 : 1;
    poison += placed && backend_.is_poison(record) ? 1 : 0;
  }
  const std::uint64_t meant = senders_.account().meant_for_lane.size() - unplaced;
  if (totals.accepted != meant) complain("the lanes accepted other records than were meant for them");
  if (totals.held != 0) complain("something is still held at rest");
  if (totals.delivered > distinct) complain("more was booked as delivered than the backend holds");
  if (copies - distinct > totals.maybe_twice) complain("more duplicates than maybe_twice");
  if (meant - distinct > totals.dead + totals.dropped + totals.not_taken)
    complain("records are missing that nobody counted");
  const bool patient = !faults_.has(Fault::impatient) && !stopped;
  if (patient && totals.dropped == 0 && totals.dead != poison)
    complain("the dead letters are not the poison records");
  if (patient && totals.dropped == 0 && totals.not_taken == 0 && distinct != meant - poison)
    complain("a good record did not arrive");
  if (totals.not_taken > 0 && !faults_.has(Fault::partial_success))
    complain("dropped for a partial success that nobody had");
  if (patient && totals.dropped > 0 && !faults_.has(Fault::overload)) complain("dropped without an overload");
}

}  // namespace pannier::simulation
