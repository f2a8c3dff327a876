// Compares what the applications sent, what the daemon's books say and what the backends hold, once all is
// drained. Threads: one.
#pragma once
#include <memory>
#include <vector>

#include "tests/doubles/json_document.h"
#include "tests/soak/backend.h"
#include "tests/soak/senders.h"

namespace pannier::soak {

struct Evidence {
  const doubles::JsonDocument& status;
  const std::vector<std::unique_ptr<Source>>& sources;
  const Tally& tally;
  const Backend& malti;
  const Backend& otlp;
  bool kills;
  Complaints& complaints;
};

// Says what it compared on standard output, and every difference to the complaints.
void judge(const Evidence& evidence);

// Sums over the lanes of one destination ("malti" or "multiplayer"), in "/lanes" or "/totals/lanes".
std::uint64_t over_lanes(const doubles::JsonDocument& status, const std::string& group,
                         std::string_view destination, const std::string& member);

}  // namespace pannier::soak
