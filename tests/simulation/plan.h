// What a run is made of, by its seed: the faults, the spool's settings, the memory. Threads: plain values.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/random.h"
#include "queue/options.h"
#include "simulation/faults.h"

namespace pannier::simulation {

enum class Tier : std::uint8_t { model, sqlite };  // A and B: what keeps the spool

struct Plan {
  Tier tier = Tier::model;
  FaultSet faults;
  queue::SpoolOptions spool;
  std::size_t memory = 0;
  std::size_t most_lanes = 0;
  bool is_calm = false;  // a healthy backend that keeps up, and a disk that works
  [[nodiscard]] bool has_spool() const { return spool.mode != queue::SpoolMode::off; }
};

Plan make_plan(Tier tier, Random& random);

}  // namespace pannier::simulation
