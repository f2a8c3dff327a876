// Settings of the spool. Filled by config.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace pannier::queue {

enum class SpoolMode : std::uint8_t { overflow, always, off };
enum class Survives : std::uint8_t { kill, power };
enum class WhenFull : std::uint8_t { drop_oldest, refuse };

struct SpoolOptions {
  SpoolMode mode = SpoolMode::overflow;
  std::string path;
  std::uint64_t bytes = 1ULL << 30U;  // all its files together
  Survives survives = Survives::kill;
  WhenFull when_full = WhenFull::drop_oldest;
  std::uint64_t letter_bytes = 64ULL << 20U;  // of the dead letters
  std::chrono::seconds letter_age{7 * 24 * 3600};
};

}  // namespace pannier::queue
