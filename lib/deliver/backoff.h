// Decides how long to wait before the next attempt. Full jitter: each wait is drawn evenly from 0 to a
// ceiling that doubles with every failure. Used by LaneCore. Threads: not safe; pure, chance is handed in.
#pragma once
#include <algorithm>
#include <chrono>
#include <optional>

#include "base/random.h"
#include "deliver/options.h"

namespace pannier::deliver {

class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds longest_wish = std::chrono::hours(1);

  explicit Backoff(const RetryOptions& options) : base_(options.base), cap_(options.cap) {}
  void configure(const RetryOptions& options) { base_ = options.base, cap_ = options.cap; }

  // `wish` is the backend's own (Retry-After): a floor that is never shortened, at most an hour.
  Milliseconds after_failure(std::optional<Milliseconds> wish, Random& random) {
    const Milliseconds ceiling = std::min<Milliseconds>(cap_, base_ * (1L << std::min(failures_, 20)));
    ++failures_;
    const Milliseconds drawn(
        static_cast<long long>(random.uniform() * static_cast<double>(ceiling.count() + 1)));
    return at_least(std::min(drawn, ceiling), wish);
  }
  // For a lane that only a person can cure.
  [[nodiscard]] Milliseconds longest(std::optional<Milliseconds> wish) const { return at_least(cap_, wish); }
  void after_success() { failures_ = 0; }

 private:
  static Milliseconds at_least(Milliseconds wait, std::optional<Milliseconds> wish) {
    return wish ? std::max(wait, std::min(*wish, longest_wish)) : wait;
  }
  Milliseconds base_, cap_;
  int failures_ = 0;
};

}  // namespace pannier::deliver
