// A lane's key: that comes, changes and goes; that is asked about, without a batch, before one is sent where
// key or address was refused; and that was refused for good.
#include <utility>

#include "deliver/lane_core.h"

namespace pannier::deliver {

void LaneCore::handle(const KeyRead& event) {
  if (event.changed && (key_trouble_ || is_probing_)) try_now();
}

void LaneCore::handle(const KeyChanged& event) {
  const bool had_key = std::exchange(has_key_, event.present);
  if (!has_key_) {
    set_state(LaneState::blocked, {});
    key_trouble_ = true;
    refusal_.paused(now_);
  } else if (!had_key && !must_probe()) {
    set_state(LaneState::healthy, {});
  } else if (!had_key || key_trouble_ || is_probing_) {
    if (!had_key) why_ = traits_.missing_key + " until now; the one that came is being tried";
    try_now();
  }
}

void LaneCore::try_now() {
  next_try_ = now_;
  is_asked_for_ = must_probe();
}

bool LaneCore::wants_probe() const {
  if (!must_probe() || !has_key_ || is_probing_ || is_closing_ || gave_up_ || now_ < next_try_) return false;
  if (!in_flight_.empty() || !saving_.empty()) return false;
  const queue::Pending pending = rings_.pending(id_);
  return !parked_.empty() || pending.records > 0 || (!stop_ && (is_asked_for_ || pending.backlog > 0));
}

void LaneCore::probe() {
  is_probing_ = true;
  is_asked_for_ = false;
  if (stop_) probed_in_drain_ = true;
  book(observe::Account::requests, 0, 1);
  out_->commands.emplace_back(Probe{});
}

void LaneCore::handle(const Probed& event, Random& random) {
  if (!std::exchange(is_probing_, false)) return;
  // It was asked with another key, or at another address: the answer says nothing about these.
  if (!has_key_ || is_asked_for_) return;
  const Judgement& judgement = event.judgement;
  switch (judgement.verdict) {
    case Verdict::delivered: backoff_.after_success(); return set_state(LaneState::healthy, {});
    case Verdict::blocked_key: return block(judgement, true);
    case Verdict::blocked: return block(judgement, false);
    default:
      not_before(backoff_.after_failure(judgement.wait, random));
      failed_at_ = now_;
      window_.after_failure();
      return set_state(LaneState::backing_off, judgement.why);
  }
}

// At the daemon's end all is left to the spool: the next run may be shown the key again.
void LaneCore::look_at_refusal() {
  const auto end = refusal_.final_at();
  if (end && now_ >= *end) is_closing_ = true;
  if (!is_closing_) return;
  if (!ends_ && !stop_ && state_ == LaneState::blocked) return bury_refused();
  is_closing_ = false;
  refusal_.start_over();
}

void LaneCore::bury_refused() {
  for (const Attempt& attempt : parked_.take_all()) bury(attempt.batch, Dead::key_refused, why_);
  bury_next();
  if (!in_flight_.empty() || rings_.holds(id_)) return;
  is_closing_ = false;
  refusal_.start_over();
  out_->commands.emplace_back(Closed{});
}

// Of what waits, a batch at a time.
void LaneCore::bury_next() {
  std::vector<queue::Slice> slices;
  rings_.take_backlog(id_, options_.batch.records, options_.batch.bytes, slices);
  if (slices.empty()) rings_.take(id_, options_.batch.records, options_.batch.bytes, slices);
  Batch batch;
  for (queue::Slice& slice : slices) batch.add(std::move(slice));
  if (batch.records != 0) bury(batch, Dead::key_refused, why_);
}

}  // namespace pannier::deliver
