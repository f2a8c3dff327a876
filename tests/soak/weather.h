// When a backend fails: now and then a single request, now and then every request for a moment, in one way
// after the other, and at long intervals a whole outage. Well by order, and ill until then.
// Threads: any.
#pragma once
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <random>

#include "tests/soak/mischief.h"

namespace pannier::soak {

class Weather {
 public:
  using Clock = std::chrono::steady_clock;
  // `scale`: of the intervals; 1 for half an hour.
  Weather(Destination destination, double scale, std::uint64_t seed);

  void be_well(bool well);
  // Looks at the clock. True: the server is to be down.
  [[nodiscard]] bool is_down(Clock::time_point now);
  // What the next request meets; nothing: a healthy backend.
  [[nodiscard]] const Way* next_request();
  [[nodiscard]] std::size_t below(std::size_t limit);  // a random number

 private:
  [[nodiscard]] Clock::duration seconds(double unscaled) const;
  [[nodiscard]] Clock::duration random_wait(double mean_seconds);
  [[nodiscard]] Clock::duration longest_outage() const;
  void plan(Clock::time_point now);
  const std::vector<Way>& ways_;
  const double scale_;
  std::mutex mutex_;  // guards all below
  std::mt19937_64 random_;
  bool is_well_ = true;
  std::size_t turn_;
  const Way* episode_ = nullptr;
  Clock::time_point episode_end_, episode_begin_, outage_begin_, outage_end_;
};

}  // namespace pannier::soak
