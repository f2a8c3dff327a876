// How fast a number of bytes grows, over the last five minutes. Users: daemon, for the spool. Threads: a
// plain value. Cost: 61 samples at most, however often it is fed.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"

namespace pannier::daemon {

class Growth {
 public:
  static constexpr std::chrono::minutes window{5};
  static constexpr std::chrono::seconds least{30};  // before that nothing is said
  static constexpr std::chrono::seconds step{5};

  void add(SteadyTime now, std::uint64_t bytes);
  // Below zero while it shrinks. None: it was not watched for long enough.
  [[nodiscard]] std::optional<double> bytes_per_second() const;

 private:
  struct Sample {
    SteadyTime at;
    std::uint64_t bytes = 0;
  };
  std::deque<Sample> samples_;  // a step apart
  Sample latest_;
};

}  // namespace pannier::daemon
