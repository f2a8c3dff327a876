// What `pannier status` says of the spool: how full, how old, for how long yet, and the account over all
// runs. Users: status_text, status_tables. Threads: pure functions. What is returned is safe to show.
#pragma once
#include <string>

#include "daemon/commands/json_reading.h"

namespace pannier::daemon::commands {

// ", disk lasts about 2 days"; empty while the spool does not fill.
std::string disk_lasts(Json status);

// "spool: 120 of 1024 MiB, oldest record 2h 10min old, full in about 2 days at this rate", and what the last
// crash cost; empty without a spool.
std::string spool_lines(Json status);

// A line for each lane of which the totals say more than this run does.
std::string totals_lines(Json status);

}  // namespace pannier::daemon::commands
