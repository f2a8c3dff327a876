// The arithmetic of ending a run: what stood on its counter page goes into the totals, and what it had
// accepted and neither finished nor put into the spool was lost with it. Users: SqliteStore and the
// simulation's model. Threads: pure functions.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "observe/ledger.h"

namespace pannier::queue {

// Records that a run put into the spool, by the lane's name.
using PutByLane = std::map<std::string, std::uint64_t, std::less<>>;

struct Folded {
  observe::Books totals;
  std::uint64_t lost = 0;
};

// `run` are the books of its page: delivered, dead and dropped are memory records' only, for those of stored
// records came into the totals with their transactions. A page that is older than the spool, as after a power
// cut, may say too little: a lane's accepted is then raised to what is known to have become of its records,
// so that the totals always balance. Lanes that the page had no place for are taken from `put`.
Folded fold(observe::Books totals, observe::Books run, const PutByLane& put);

}  // namespace pannier::queue
