// Settings of the spool. Filled by config.
#pragma once
#include <algorithm>
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

// What a transaction takes in the log, at most.
inline constexpr std::uint64_t most_of_transaction = 4ULL << 20U;
// Over this mark the log is written back into the file; less where the spool is small.
inline std::uint64_t log_bytes(const SpoolOptions& options) {
  return std::clamp<std::uint64_t>(options.bytes / 32, 512ULL << 10U, 4ULL << 20U);
}
// On a full disk the log as it may then be must find room in the file, and the next log on the disk.
inline std::uint64_t reserve_bytes(const SpoolOptions& options) {
  return log_bytes(options) + most_of_transaction;
}

}  // namespace pannier::queue
