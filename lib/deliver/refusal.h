// Decides when a lane is given up whose key was never taken: after so long a time of refusals. Only time in
// which the lane is blocked for its key counts: neither an outage in between nor a key that is missing. One
// success ends this for good. Used by LaneCore. Threads: not safe; pure, times are handed in.
#pragma once
#include <optional>

#include "base/clock.h"

namespace pannier::deliver {

class Refusal {
 public:
  // None: a key is waited for for ever.
  explicit Refusal(std::optional<Duration> limit) : limit_(limit) {}

  void refused(SteadyTime now) {
    if (!since_) since_ = now;
  }
  // It is not the key now.
  void paused(SteadyTime now) {
    if (since_) before_ += now - *since_;
    since_.reset();
  }
  void succeeded() { limit_.reset(); }
  // From the next refusal on.
  void start_over() {
    since_.reset();
    before_ = {};
  }
  // None: as things are, never.
  [[nodiscard]] std::optional<SteadyTime> final_at() const {
    if (!limit_ || !since_) return std::nullopt;
    return *since_ + (*limit_ - before_);
  }

 private:
  std::optional<Duration> limit_;
  std::optional<SteadyTime> since_;
  Duration before_{};
};

}  // namespace pannier::deliver
