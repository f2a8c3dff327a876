// Books over more than one run: what the spool keeps since it was made. Users: the spool's store, status.
// Threads: pure functions.
#pragma once
#include <string>
#include <vector>

#include "observe/ledger.h"

namespace pannier::observe {

// Totals when this run began + this run. Lanes are matched by name; held is this run's, carried_in is in the
// totals already and left out.
Books sum_of(const Books& carried_totals, const Books& run);

// Fills DestinationBooks::offered in the books of one run.
void set_offered(Books& run);

// As imbalances(), for totals: accepted = delivered + dead + dropped + held + lost_in_crash, and a
// destination is asked for what was accepted while it was on.
std::vector<std::string> imbalances_of_totals(const Books& totals);

}  // namespace pannier::observe
