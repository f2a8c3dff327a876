// What Malti's SDKs say of themselves (get_malti_stats), under their names, for dashboards that go on: the
// sums of all Malti lanes, and each service's own under "services".
//   total_added   accepted, and carried in from the spool      total_failed  dead or dropped
//   total_sent    delivered                                    current_size  held: in memory, on disk, in
//   flight max_size      how many records of the present mean size fit into `memory`; current_size may be
//   more: the
//                 spool is not in it. Of a service: if it had the memory alone.
// Users: observe_answers, status_json. Threads: pure.
#pragma once
#include "base/json.h"
#include "daemon/status.h"

namespace pannier::daemon {

// The size that a record is taken to have until one came, in bytes: what is usual.
inline constexpr std::size_t nominal_record = 200;

void write_malti_stats(json::Writer& out, const Snapshot& snapshot);

}  // namespace pannier::daemon
