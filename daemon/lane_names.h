// What lanes are called, and what a name says: of those that the spool holds only the name is known.
//   malti/orders              of the service orders, with the configured key
//   malti/orders@1a2b3c4d     a guest: of the same service, with a key that a sender brought, by its
//   fingerprint malti/a@1a2b3c4d/         of a service that is called like a guest; no service's name holds a
//   / multiplayer/traces, local
// Users: Lanes, the book of keys, status. Threads: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "observe/ids.h"

namespace pannier::daemon {

std::string lane_name(observe::DestinationId destination, std::string_view service);
// REQUIRES: `fingerprint` is 8 hex digits, in lower case; `service` is not empty.
std::string guest_lane_name(std::string_view service, std::string_view fingerprint);

struct LaneName {
  observe::DestinationId destination{};
  std::string service;      // Malti's only
  std::string fingerprint;  // of a guest's key; empty: no guest
  [[nodiscard]] bool is_guest() const { return !fingerprint.empty(); }
};
// Of a name as one of the two above made it.
LaneName parse_lane_name(std::string_view name);

}  // namespace pannier::daemon
