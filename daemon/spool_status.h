// What the spool knows of itself, as status tells it. Users: daemon. Threads: pure functions.
#pragma once
#include "daemon/status.h"
#include "queue/options.h"
#include "queue/spool.h"

namespace pannier::daemon {

// Fills in what a snapshot has of the spool. REQUIRES: its books are complete. `growth`: bytes a second.
void add_spool(Snapshot& snapshot, const queue::SpoolOptions& options, const queue::SpoolFacts& facts,
               std::optional<double> growth);

}  // namespace pannier::daemon
