#include "daemon/service_words.h"

#include <algorithm>

#include "base/text.h"

namespace pannier::daemon {
namespace {

using deliver::LaneState;

constexpr std::size_t most_named = 3;

std::uint64_t held_by(const observe::Books& books) {
  std::uint64_t records = 0;
  for (const observe::LaneBooks& lane : books.lanes)
    records += lane.held.memory + lane.held.spool + lane.held.in_flight;
  return records;
}

std::string trouble_of(const std::string& name, const deliver::LaneView& view) {
  const char* state = view.state == LaneState::blocked ? " BLOCKED: " : " backing off: ";
  return text::shown(name) + state + text::shown(view.why) + "; ";
}

// Blocked lanes first: a person must act.
std::string troubles(const Snapshot& snapshot, std::size_t lanes) {
  std::string words;
  std::size_t count = 0;
  for (const LaneState state : {LaneState::blocked, LaneState::backing_off})
    for (std::size_t id = 0; id < lanes; ++id)
      if (snapshot.lanes[id].state == state && ++count <= most_named)
        words += trouble_of(snapshot.books.lanes[id].name, snapshot.lanes[id]);
  if (count > most_named) words += std::to_string(count - most_named) + " more; ";
  return words;
}

}  // namespace

std::string service_words(const Snapshot& snapshot) {
  const std::string held = std::to_string(held_by(snapshot.books)) + " held";
  const std::size_t lanes = std::min(snapshot.lanes.size(), snapshot.books.lanes.size());
  if (snapshot.stopping) return "stopping, " + held;
  if (lanes == 0) return "ready, nothing has come in yet";
  const auto healthy = static_cast<std::size_t>(std::ranges::count_if(
      snapshot.lanes, [](const deliver::LaneView& view) { return view.state == LaneState::healthy; }));
  std::string words = troubles(snapshot, lanes) + "delivering to " + std::to_string(healthy);
  if (healthy != lanes) words += " of " + std::to_string(lanes);
  words += (lanes == 1 ? " lane, " : " lanes, ") + held;
  return imbalances(snapshot).empty() ? words : "NOT BALANCED; " + words;
}

}  // namespace pannier::daemon
