// What `simulation` is asked to do; see main.cpp. Threads: plain values.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "simulation/plan.h"

namespace pannier::simulation {

struct Seed {
  Tier tier = Tier::model;
  std::uint64_t number = 0;
};
inline const char* letter_of(Tier tier) {
  return tier == Tier::model ? "A" : "B";
}

struct Arguments {
  std::vector<Seed> seeds;  // to be run, in this order
  std::uint64_t least = 0;
  bool story = false, first = false, must_fail = false, help = false;
  std::string of;  // --of
};

// An error says which argument is wrong and what to write.
Result<Arguments> read_arguments(const std::vector<std::string>& words);

}  // namespace pannier::simulation
