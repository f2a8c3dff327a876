// Chance, seeded: splitmix64. Fast and good enough for jitter and ids; never for secrets.
// Threads: not safe; one belongs to one core.
#pragma once
#include <cstdint>

namespace pannier {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  // Evenly from [0, 1).
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  // Evenly from [0, limit). REQUIRES: limit > 0.
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }

 private:
  std::uint64_t state_;
};

// A seed from the operating system.
std::uint64_t random_seed();

}  // namespace pannier
