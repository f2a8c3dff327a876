// Decides when what waits in a lane is sent: full batches at once, the first records of a quiet lane within a
// second, others at the next beat of the interval. In a busy lane full batches are looked for every 100 ms
// only, unless eight are there: a wake-up costs more than what a batch needs. Used by LaneCore. Threads: not
// safe; pure, times are handed in.
#pragma once
#include <optional>

#include "base/clock.h"
#include "deliver/options.h"
#include "queue/rings.h"

namespace pannier::deliver {

class BatchPolicy {
 public:
  static constexpr int most_tokens = 3;
  // A quiet lane's first record waits so long for company; the contract is a second.
  static constexpr auto quick = std::chrono::milliseconds(500);
  // So long after a full batch those that follow are gathered, and at most so many.
  static constexpr auto gather = std::chrono::milliseconds(100);
  static constexpr std::uint64_t gathered_batches = 8;

  // Beats are at start + phase + k * interval; each daemon has its own phase, so that a fleet does not beat
  // in step. REQUIRES: 0 <= phase < 1, a part of the interval.
  BatchPolicy(const BatchOptions& options, SteadyTime start, double phase);
  void configure(const BatchOptions& options) { options_ = options; }

  // Looks at what waits now: sets or clears the deadline. `since` is the earliest moment it can have come.
  void observe(const queue::Pending& pending, SteadyTime since, SteadyTime now);
  [[nodiscard]] bool is_due(const queue::Pending& pending, SteadyTime now) const;
  // A batch was taken: pays for it; what is left counts as coming into an empty lane now.
  void took(bool full, SteadyTime now);
  // When something will be due without a further record.
  [[nodiscard]] std::optional<SteadyTime> deadline() const { return deadline_; }
  [[nodiscard]] const BatchOptions& options() const { return options_; }
  [[nodiscard]] bool is_full(const queue::Pending& pending) const;
  // How much must wait for T2 to be woken before the deadline.
  [[nodiscard]] queue::WakeAt wake(SteadyTime now) const;
  // When to look for full batches that were no reason to wake up; none in a lane that is not busy.
  [[nodiscard]] std::optional<SteadyTime> gathers_until(SteadyTime now) const;

 private:
  [[nodiscard]] SteadyTime next_beat(SteadyTime now) const;
  void refill(SteadyTime now);

  BatchOptions options_;
  SteadyTime start_;
  double phase_;
  int tokens_ = most_tokens;
  std::int64_t beats_paid_ = 0;  // intervals for which a token was given back
  std::optional<SteadyTime> deadline_;
  bool deadline_is_quick_ = false;
  std::optional<SteadyTime> last_full_;  // when a full batch was taken
};

}  // namespace pannier::deliver
