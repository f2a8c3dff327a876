// What a daemon could say of itself, for tests of the ways in which it is said.
#pragma once
#include "daemon/status.h"

namespace pannier::daemon {

using namespace std::chrono_literals;

template <typename Id>
std::size_t at(Id id) {
  return static_cast<std::size_t>(id);
}

// Nine records: four were delivered, two wait, three are on their way; one line was rejected.
inline observe::Books balanced_books() {
  observe::Books books;
  observe::ListenerBooks& stream = books.listeners[at(observe::ListenerId::unix_stream)];
  stream.open = true;
  stream.lines = 10;
  stream.accepted = 9;
  stream.rejected[at(Reject::status)] = 1;
  stream.rejected_last[at(Reject::status)] = R"({"method":"aaa","status":99})";
  stream.kernel_dropped = 0;
  stream.senders[1001] = {.lines = 10, .client_dropped = 2};
  books.listeners[at(observe::ListenerId::unix_datagram)].open = true;
  books.destinations[at(observe::DestinationId::malti)].on = true;
  observe::LaneBooks lane;
  lane.name = "malti/orders";
  lane.destination = observe::DestinationId::malti;
  lane.accepted = 9;
  lane.delivered = 4;
  lane.held = {.memory = 2, .spool = 0, .in_flight = 3};
  books.lanes.push_back(lane);
  return books;
}

inline Snapshot snapshot_of(observe::Books books) {
  Snapshot snapshot;
  snapshot.books = std::move(books);
  snapshot.now = SteadyTime(1h);
  snapshot.wall_clock = SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) + 12h;
  snapshot.uptime = 12500ms;
  snapshot.memory = 64U << 20U;
  snapshot.config_version = "7c1e90";
  return snapshot;
}

}  // namespace pannier::daemon
