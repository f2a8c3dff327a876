// How the daemon fares, in a line for `systemctl status`: lanes in trouble by name, else how many deliver.
// Users: Service. Threads: pure.
#pragma once
#include <string>

#include "daemon/status.h"

namespace pannier::daemon {

// "delivering to 2 lanes, 0 held"
// "malti/users BLOCKED: key refused (401 Invalid API key); delivering to 1 of 2 lanes, 48112 held"
std::string service_words(const Snapshot& snapshot);

}  // namespace pannier::daemon
