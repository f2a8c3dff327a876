#include "deliver/batch_policy.h"

#include <algorithm>

namespace pannier::deliver {

BatchPolicy::BatchPolicy(const BatchOptions& options, SteadyTime start, double phase)
    : options_(options), start_(start), phase_(phase) {}

SteadyTime BatchPolicy::next_beat(SteadyTime now) const {
  const Duration interval = options_.interval;
  const auto offset = std::chrono::duration_cast<Duration>(interval * phase_);
  const auto beats = std::max<std::int64_t>(0, (now - start_ - offset) / interval + 1);
  const SteadyTime beat = start_ + offset + beats * interval;
  return beat - interval > now ? beat - interval : beat;
}

void BatchPolicy::refill(SteadyTime now) {
  const std::int64_t beats = (now - start_) / Duration(options_.interval);
  beats_paid_ = std::min(beats_paid_, beats);  // after a reload intervals may be longer, and so fewer
  tokens_ = static_cast<int>(std::min<std::int64_t>(most_tokens, tokens_ + (beats - beats_paid_)));
  beats_paid_ = beats;
}

void BatchPolicy::observe(const queue::Pending& pending, SteadyTime since, SteadyTime now) {
  refill(now);
  if (pending.records == 0) return deadline_.reset();
  if (deadline_) return;
  deadline_is_quick_ = tokens_ > 0;
  deadline_ = deadline_is_quick_ ? std::min(since + quick, next_beat(since)) : next_beat(now);
}

bool BatchPolicy::is_full(const queue::Pending& pending) const {
  return pending.records >= options_.records || pending.bytes >= options_.bytes;
}

bool BatchPolicy::is_due(const queue::Pending& pending, SteadyTime now) const {
  if (pending.records == 0) return false;
  return is_full(pending) || pending.high || (deadline_ && now >= *deadline_);
}

queue::WakeAt BatchPolicy::wake(SteadyTime now) const {
  const std::uint64_t batches = gathers_until(now) ? gathered_batches : 1;
  return {.first = false,
          .records = options_.records * batches,
          .bytes = options_.bytes * batches,
          .high_mark = options_.high_mark};
}

std::optional<SteadyTime> BatchPolicy::gathers_until(SteadyTime now) const {
  if (!last_full_ || now >= *last_full_ + gather) return std::nullopt;
  return *last_full_ + gather;
}

void BatchPolicy::took(bool full, SteadyTime now) {
  if (full) last_full_ = now;
  if (!full && deadline_is_quick_ && deadline_ && now >= *deadline_) tokens_ = std::max(0, tokens_ - 1);
  deadline_.reset();
}

}  // namespace pannier::deliver
