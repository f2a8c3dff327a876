// How many distinct endpoints and consumers a service has at one destination, at most: those that come first
// stay, and later ones are told to be (other). Remembered as hashes under a secret seed.
// Users: the daemon's routing, one for each destination that asks; kept over a reload.
// Threads: any; a lock only where a service comes first. Of two that bring the last value at once one may be
// told that it is another.
// Cost: two hashes and three look-ups a record. Bound: 8 MiB; a service takes 72 KiB with the limits that are
// the default; those that find no room share one count.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "process/options.h"

namespace pannier::process {

inline constexpr std::string_view other = "(other)";

// A set of hashes with a bound.
class BoundedSet {
 public:
  explicit BoundedSet(std::uint32_t limit);
  // True where it is in the set, or came in now.
  bool take(std::uint64_t hash);
  [[nodiscard]] static std::size_t bytes_for(std::uint32_t limit);

 private:
  bool has_room();

  std::size_t mask_;
  std::uint32_t limit_;
  std::atomic<std::uint32_t> count_{0};
  std::unique_ptr<std::atomic<std::uint32_t>[]> slots_;  // 0: free
};

class Cardinality {
 public:
  Cardinality(CardinalityLimits limits, std::uint64_t seed);
  ~Cardinality();

  [[nodiscard]] const CardinalityLimits& limits() const { return limits_; }
  [[nodiscard]] std::uint32_t services() const { return services_.load(); }  // that are counted apart

  struct Verdict {
    bool other_endpoint = false, other_consumer = false;
  };
  Verdict judge(std::string_view service, std::string_view endpoint, std::string_view consumer);

 private:
  struct Service;
  Service& service_of(std::uint64_t hash);
  Service* new_service(std::size_t at, std::uint64_t hash);
  [[nodiscard]] std::uint64_t hash(std::string_view text) const;

  const CardinalityLimits limits_;
  const std::uint64_t seed_;
  std::size_t most_services_;
  std::mutex adding_;  // of a service
  std::atomic<std::uint32_t> services_{0};
  std::size_t mask_;
  std::unique_ptr<std::atomic<Service*>[]> slots_;
  std::unique_ptr<Service> shared_;  // of the services that came too late
};

}  // namespace pannier::process
