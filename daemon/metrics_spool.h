// The spool's part of /metrics. Users: metrics. Threads: pure functions.
#pragma once
#include "daemon/status.h"
#include "observe/exposition.h"

namespace pannier::daemon {

void write_spool(observe::Exposition& out, const Snapshot& snapshot);

}  // namespace pannier::daemon
