#include "observe/totals.h"

#include <algorithm>

namespace pannier::observe {
namespace {

template <std::size_t N>
void add(std::array<std::uint64_t, N>& to, const std::array<std::uint64_t, N>& from) {
  for (std::size_t i = 0; i < N; ++i) to[i] += from[i];
}

void add(ListenerBooks& to, const ListenerBooks& from) {
  to.open = to.open || from.open;
  to.lines += from.lines;
  to.accepted += from.accepted;
  to.unknown_fields += from.unknown_fields;
  to.client_dropped += from.client_dropped;
  add(to.rejected, from.rejected);
  add(to.filtered, from.filtered);
  add(to.limits, from.limits);
}

void add(DestinationBooks& to, const DestinationBooks& from) {
  to.on = to.on || from.on;
  to.offered += from.offered;
  to.texts_cut += from.texts_cut;
  add(to.left_out, from.left_out);
  add(to.cardinality, from.cardinality);
}

void add(LaneBooks& to, const LaneBooks& from) {
  to.accepted += from.accepted;
  to.delivered += from.delivered;
  to.maybe_twice += from.maybe_twice;
  to.requests += from.requests;
  to.undurable += from.undurable;
  add(to.dead, from.dead);
  add(to.dropped, from.dropped);
  to.held = from.held;
}

LaneBooks& lane_like(Books& books, const LaneBooks& lane) {
  const auto found = std::ranges::find(books.lanes, lane.name, &LaneBooks::name);
  if (found != books.lanes.end()) return *found;
  LaneBooks fresh;
  fresh.name = lane.name;
  fresh.destination = lane.destination;
  return books.lanes.emplace_back(std::move(fresh));
}

}  // namespace

Books sum_of(const Books& carried_totals, const Books& run) {
  Books total = carried_totals;
  Books own = run;
  set_offered(own);
  for (LaneBooks& lane : total.lanes) {
    lane.carried_in = 0;
    lane.held = {};
  }
  for (std::size_t i = 0; i < own.listeners.size(); ++i) add(total.listeners[i], own.listeners[i]);
  for (std::size_t i = 0; i < own.destinations.size(); ++i) add(total.destinations[i], own.destinations[i]);
  for (const LaneBooks& lane : own.lanes) add(lane_like(total, lane), lane);
  total.dead_letters.carried_in = 0;
  total.dead_letters.stored = own.dead_letters.stored;
  total.dead_letters.replayed += own.dead_letters.replayed;
  add(total.dead_letters.purged, own.dead_letters.purged);
  return total;
}

void set_offered(Books& run) {
  std::uint64_t accepted = 0;
  for (const ListenerBooks& listener : run.listeners) accepted += listener.accepted;
  for (DestinationBooks& destination : run.destinations) destination.offered = destination.on ? accepted : 0;
}

}  // namespace pannier::observe
