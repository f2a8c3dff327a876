// What an answer means for its batch and its lane.
#include <algorithm>
#include <utility>

#include "deliver/lane_core.h"

namespace pannier::deliver {

using observe::Account;

void LaneCore::handle(const Answered& event, Random& random) {
  const auto found = in_flight_.find(event.batch);
  if (found == in_flight_.end()) return;
  if (saving_.contains(event.batch)) return deferred_.push_back(event);
  Attempt attempt = std::move(found->second);
  in_flight_.erase(found);
  // Like the age, attempts do not run while blocked: the batch is not the reason.
  const Verdict verdict = event.judgement.verdict;
  const bool counts =
      verdict != Verdict::blocked && verdict != Verdict::blocked_key && verdict != Verdict::send_again;
  if (counts) ++attempt.batch.attempts;
  attempt.batch.maybe_sent = event.judgement.outcome_unknown;
  judge(std::move(attempt), event.judgement, random);
}

void LaneCore::judge(Attempt attempt, const Judgement& judgement, Random& random) {
  switch (judgement.verdict) {
    case Verdict::delivered: return delivered(attempt, judgement);
    case Verdict::back_off: return park_after_failure(std::move(attempt), judgement, random);
    case Verdict::server_error: return server_error(std::move(attempt), judgement, random);
    case Verdict::isolate:
      if (!judgement.indexes.empty()) return refused_by_index(attempt, judgement);
      return refused(std::move(attempt), judgement, Dead::refused);
    case Verdict::too_large: return refused(std::move(attempt), judgement, Dead::too_large);
    case Verdict::blocked_key:
    case Verdict::blocked:
      parked_.add_first(std::move(attempt));
      return block(judgement, judgement.verdict == Verdict::blocked_key);
    case Verdict::send_again: return send_again(std::move(attempt));
  }
}

void LaneCore::delivered(const Attempt& attempt, const Judgement& judgement) {
  last_pass_ = std::max(last_pass_, attempt.sent_at);
  const std::uint32_t records = attempt.batch.records;
  const std::uint32_t not_taken = std::min(judgement.not_taken, records);
  // Nobody says which were refused.
  endings().range(attempt.batch, 0, records - not_taken, {Account::delivered, 0});
  endings().range(attempt.batch, records - not_taken, records,
                  {Account::dropped, number_of(Drop::partial_success)});
  if (not_taken != 0 || !judgement.note.empty())
    out_->commands.emplace_back(NotTaken{not_taken, records, judgement.note});
  if (attempt.second_half != 0 && not_taken == 0) parked_.mark_known_bad(attempt.second_half);
  backoff_.after_success();
  window_.after_success();
  refusal_.succeeded();
  set_state(LaneState::healthy, {});
}

// Says nothing about batch or backend, so it is no failure: a lane that fails keeps its time.
void LaneCore::send_again(Attempt attempt) {
  parked_.add_first(std::move(attempt));
}

// The backend is well, only the batch is not: named records go, the rest follows at once.
void LaneCore::refused_by_index(const Attempt& attempt, const Judgement& judgement) {
  Attempt rest = attempt;
  rest.batch = attempt.batch.without(judgement.indexes);
  rest.second_half = 0;
  rest.known_bad = false;
  endings().at(attempt.batch, judgement.indexes, {Account::dead, number_of(Dead::refused)});
  write_letters(attempt.batch.only(judgement.indexes), Dead::refused, judgement.why);
  backoff_.after_success();
  set_state(LaneState::healthy, {});
  if (rest.batch.records == 0) return;
  rest.batch.id = ++last_id_;
  parked_.add_first(std::move(rest));
}

void LaneCore::refused(Attempt attempt, const Judgement& judgement, Dead reason) {
  backoff_.after_success();
  set_state(LaneState::healthy, {});
  if (attempt.batch.records == 1) return bury(attempt.batch, reason, judgement.why);
  const bool other_is_open = !attempt.isolating && (isolation_in_flight() || parked_.is_isolating());
  if (other_is_open) {
    attempt.wants_isolation = true;
    attempt.was_only_too_large = reason == Dead::too_large;
    return parked_.add_last(std::move(attempt));
  }
  attempt.isolating = true;
  // What was too large as a whole says nothing about the second half.
  split(std::move(attempt), reason == Dead::refused);
}

void LaneCore::split(Attempt attempt, bool second_is_known_bad_with_first) {
  auto [first, second] = attempt.batch.halves();
  Attempt half = std::move(attempt);
  half.known_bad = half.wants_isolation = half.was_only_too_large = false;
  half.strikes = half.server_errors = 0;
  half.failed_at = now_;
  half.second_half = 0;
  Attempt other = half;
  other.batch = std::move(second);
  other.batch.id = ++last_id_;
  half.batch = std::move(first);
  half.batch.id = ++last_id_;
  if (second_is_known_bad_with_first) half.second_half = other.batch.id;
  parked_.add_first(std::move(other));
  parked_.add_first(std::move(half));
}

void LaneCore::server_error(Attempt attempt, const Judgement& judgement, Random& random) {
  if (attempt.failed_at && last_pass_ >= *attempt.failed_at) ++attempt.strikes;
  ++attempt.server_errors;
  attempt.failed_at = now_;
  park_after_failure(std::move(attempt), judgement, random);
}

void LaneCore::park_after_failure(Attempt attempt, const Judgement& judgement, Random& random) {
  // Requests that were open together fail together: that is one failure, and the longest wish of theirs
  // counts.
  const bool first_of_its_time = attempt.sent_at >= failed_at_ || state_ == LaneState::healthy;
  if (first_of_its_time) {
    not_before(backoff_.after_failure(judgement.wait, random));
    failed_at_ = now_;
  } else if (judgement.wait) {
    not_before(std::min(*judgement.wait, Backoff::longest_wish));
  }
  window_.after_failure();
  const auto retry = options_.retry;
  set_state(LaneState::backing_off, judgement.why);
  if (retry.max_attempts != 0 && attempt.batch.attempts >= retry.max_attempts)
    return bury(attempt.batch, Dead::max_attempts, judgement.why);
  if (active_time() - attempt.first_tried >= retry.max_age)
    return bury(attempt.batch, Dead::max_age, judgement.why);
  parked_.add_last(std::move(attempt));
}

void LaneCore::not_before(Duration wait) {
  next_try_ = std::max(next_try_, now_ + wait);
}

void LaneCore::block(const Judgement& judgement, bool key) {
  not_before(backoff_.longest(judgement.wait));
  failed_at_ = now_;
  window_.after_failure();
  set_state(LaneState::blocked, judgement.why);
  key_trouble_ = key;
  if (key && has_key_)
    refusal_.refused(now_);
  else
    refusal_.paused(now_);
  if (key) out_->commands.emplace_back(ReadKey{});
}

void LaneCore::bury(const Batch& batch, Dead reason, std::string_view why) {
  endings().all(batch, {Account::dead, number_of(reason)});
  write_letters(batch, reason, why);
}

// Of their own bytes: a letter may be kept for days, and a segment of many records with it.
void LaneCore::write_letters(const Batch& dead, Dead reason, std::string_view why) {
  for (const queue::Slice& slice : dead.slices) {
    queue::Slice own = copy_of(slice, rings_.pool());
    // Of what was never sent here nobody has counted the doubt that a killed run has left.
    own.maybe_sent = dead.maybe_sent || (slice.maybe_sent && !dead.doubt_booked);
    const bool is_undurable = rings_.mode() == queue::SpoolMode::always && !slice.is_stored();
    queue::SegmentPtr origin = is_undurable ? slice.segment : nullptr;
    out_->letters.push_back(
        {id_, std::move(own), std::move(origin), reason, dead.attempts, std::string(why), {}});
  }
  out_->commands.emplace_back(Buried{dead.records, reason, std::string(why)});
}

}  // namespace pannier::deliver
