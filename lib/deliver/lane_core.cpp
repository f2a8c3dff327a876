#include "deliver/lane_core.h"

#include <algorithm>
#include <utility>

namespace pannier::deliver {

using observe::Account;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t never = ~0ULL;
constexpr milliseconds look_at_disk_again{10};

template <typename Reason>
std::uint8_t number(Reason reason) {
  return static_cast<std::uint8_t>(reason);
}

queue::LaneHealth health_of(LaneState state) {
  switch (state) {
    case LaneState::healthy: return queue::LaneHealth::healthy;
    case LaneState::backing_off: return queue::LaneHealth::failing;
    case LaneState::blocked: return queue::LaneHealth::blocked;
  }
  return queue::LaneHealth::healthy;
}

}  // namespace

LaneCore::LaneCore(observe::LaneId id, const LaneOptions& options, queue::Rings& rings, bool has_key,
                   SteadyTime now, double phase)
    : id_(id),
      options_(options),
      rings_(rings),
      policy_(options.batch, now, phase),
      backoff_(options.retry),
      window_(options.connections),
      state_since_(now),
      has_key_(has_key),
      emptied_at_(now) {
  if (has_key) return;
  state_ = LaneState::blocked;
  why_ = "no key";
  key_trouble_ = true;
  blocked_since_ = now;
  rings_.set_health(id_, queue::LaneHealth::blocked);
}

void LaneCore::on(const Event& event, SteadyTime now, Random& random, Output& out) {
  now_ = now;
  out_ = &out;
  // What the spool took at the very end is held there, and no longer in memory.
  const auto* saved = std::get_if<SavedBatch>(&event);
  if (saved != nullptr) handle(*saved, random);
  if (finished_) return;
  if (const auto* answered = std::get_if<Answered>(&event)) handle(*answered, random);
  if (const auto* read = std::get_if<KeyRead>(&event); read && read->changed && key_trouble_) next_try_ = now;
  if (const auto* changed = std::get_if<KeyChanged>(&event)) {
    handle(*changed);
  }
  if (const auto* changed = std::get_if<Reconfigured>(&event)) {
    options_ = changed->options;
    policy_.configure(options_.batch);
    backoff_.configure(options_.retry);
    window_.configure(options_.connections);
    // A reload is also a person's wish to try now.
    if (state_ != LaneState::healthy && has_key_) next_try_ = now;
  }
  if (const auto* stop = std::get_if<Stop>(&event)) handle(*stop);
  if (std::holds_alternative<Save>(event)) save_all();
  pump();
}

void LaneCore::handle(const KeyChanged& event) {
  const bool had_key = std::exchange(has_key_, event.present);
  if (!has_key_) {
    set_state(LaneState::blocked, "no key");
    key_trouble_ = true;
  } else if (!had_key) {
    set_state(LaneState::healthy, {});
  } else if (key_trouble_) {
    next_try_ = now_;
  }
}

void LaneCore::handle(const Stop& event) {
  stop_ = event;
  probed_in_drain_ = false;
  if (has_key_) next_try_ = now_;
  save_all();
}

void LaneCore::save_all() {
  ends_ = rings_.mode() != queue::SpoolMode::off;
  if (!ends_) return;
  for (const auto& [id, attempt] : in_flight_) save(attempt, true);
  for (const Attempt& attempt : parked_.all()) save(attempt, false);
}

void LaneCore::save(const Attempt& attempt, bool is_open) {
  if (saving_.contains(attempt.batch.id)) return;
  queue::PutBack batch{id_, attempt.batch.id, {}};
  for (const queue::Slice& slice : attempt.batch.slices) {
    if (slice.is_stored()) continue;
    batch.slices.push_back(slice);
    batch.slices.back().attempts = attempt.batch.attempts;
    batch.slices.back().maybe_sent = is_open || attempt.batch.maybe_sent;
  }
  if (batch.slices.empty()) return;
  saving_.insert(batch.batch);
  out_->commands.emplace_back(SaveBatch{std::move(batch)});
}

void LaneCore::handle(const SavedBatch& event, Random& random) {
  if (saving_.erase(event.batch) == 0) return;
  const auto note = [&event](Batch& batch) {
    auto row = event.rows.begin();
    for (queue::Slice& slice : batch.slices)
      if (!slice.is_stored() && row != event.rows.end()) slice.row = *row++;
  };
  if (const auto open = in_flight_.find(event.batch); open != in_flight_.end()) note(open->second.batch);
  for (Attempt& attempt : parked_.all())
    if (attempt.batch.id == event.batch) note(attempt.batch);
  const auto answer = std::ranges::find(deferred_, event.batch, &Answered::batch);
  if (answer == deferred_.end()) return;
  const Answered late = std::move(*answer);
  deferred_.erase(answer);
  handle(late, random);
}

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
    case Verdict::blocked_key: return block(std::move(attempt), judgement, true);
    case Verdict::blocked: return block(std::move(attempt), judgement, false);
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
                  {Account::dropped, number(Drop::partial_success)});
  if (not_taken != 0 || !judgement.note.empty())
    out_->commands.emplace_back(NotTaken{not_taken, records, judgement.note});
  if (attempt.second_half != 0 && not_taken == 0) parked_.mark_known_bad(attempt.second_half);
  backoff_.after_success();
  window_.after_success();
  set_state(LaneState::healthy, {});
}

// Says nothing about batch or backend, so it is no failure: a lane that fails keeps its time.
void LaneCore::send_again(Attempt attempt) {
  parked_.add_first(std::move(attempt));
}

// The backend is well, only the batch is not: named records go, the rest follows at once.
void LaneCore::refused_by_index(const Attempt& attempt, const Judgement& judgement) {
  const auto named = static_cast<std::uint32_t>(judgement.indexes.size());
  Attempt rest = attempt;
  rest.batch = attempt.batch.without(judgement.indexes);
  rest.second_half = 0;
  rest.known_bad = false;
  endings().at(attempt.batch, judgement.indexes, {Account::dead, number(Dead::refused)});
  tell_of_letters(named, Dead::refused, judgement.why);
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

void LaneCore::block(Attempt attempt, const Judgement& judgement, bool key) {
  not_before(backoff_.longest(judgement.wait));
  failed_at_ = now_;
  window_.after_failure();
  set_state(LaneState::blocked, judgement.why);
  key_trouble_ = key;
  parked_.add_first(std::move(attempt));
  if (key) out_->commands.emplace_back(ReadKey{});
}

void LaneCore::bury(const Batch& batch, Dead reason, std::string_view why) {
  endings().all(batch, {Account::dead, number(reason)});
  tell_of_letters(batch.records, reason, why);
}

void LaneCore::tell_of_letters(std::uint32_t records, Dead reason, std::string_view why) {
  out_->commands.emplace_back(BuryLetters{records, reason, std::string(why)});
}

void LaneCore::pump() {
  if (stop_ && gives_up_in_drain()) give_up();
  while (saving_.empty() && in_flight_.size() < allowed()) {
    auto chosen = choose();
    if (!chosen) break;
    send(std::move(*chosen));
  }
  finish_if_empty();
  if (!finished_) arm();
}

std::uint32_t LaneCore::allowed() const {
  if (!has_key_) return 0;
  if (state_ == LaneState::healthy) return window_.size();
  return now_ >= next_try_ ? 1 : 0;
}

// Known-bad parts and suspects are not sent but halved; a single one is the poison.
std::optional<Attempt> LaneCore::settle(std::optional<Attempt> chosen) {
  if (!chosen) return std::nullopt;
  const bool suspect = chosen->strikes >= 1;
  const bool single = chosen->batch.records == 1;
  if (chosen->known_bad && single) {
    bury(chosen->batch, Dead::refused, "the only record left of a batch that was refused");
  } else if (suspect && single && chosen->strikes >= Parked::strikes_of_poison) {
    bury(chosen->batch, Dead::server_error, "the backend fails on this record only");
  } else if (!single && (chosen->known_bad || chosen->wants_isolation || suspect)) {
    const bool isolate = chosen->known_bad || chosen->wants_isolation;
    chosen->isolating = chosen->isolating || isolate;
    const bool holds_bad = isolate && !chosen->was_only_too_large;
    split(std::move(*chosen), holds_bad);
  } else {
    return chosen;
  }
  return choose();
}

std::optional<Attempt> LaneCore::choose() {
  if (auto first = settle(parked_.next(last_pass_, isolation_in_flight()))) return first;
  if (auto batch = fresh()) return batch;
  auto last = parked_.any();
  // Nothing else to try it against: after long enough one half is tried against the other.
  if (last && last->server_errors >= Parked::errors_before_halving && last->batch.records > 1) {
    split(std::move(*last), false);
    last = parked_.any();
  }
  return last;
}

// What was taken is never evicted, so it is bounded: connections * batch.bytes, a record more where that is
// used up.
std::size_t LaneCore::room_for_fresh() const {
  std::size_t taken = parked_.bytes();
  for (const auto& [id, attempt] : in_flight_) taken += attempt.batch.bytes;
  const std::size_t most = options_.connections * options_.batch.bytes;
  return taken < most ? std::min(most - taken, options_.batch.bytes) : 0;
}

std::optional<Attempt> LaneCore::fresh() {
  const queue::Pending pending = rings_.pending(id_);
  policy_.observe(pending, lingering_ ? emptied_at_ : now_, now_);
  const bool due = policy_.is_due(pending, now_) || (stop_ && pending.records > 0) ||
                   (state_ != LaneState::healthy && pending.records > 0);
  // What is on disk can wait for the next start.
  const bool has_backlog = pending.backlog > 0 && !stop_;
  const std::size_t room = room_for_fresh();
  if ((!due && !has_backlog) || room == 0) return std::nullopt;
  const bool from_backlog = has_backlog && (!due || !backlog_was_last_);
  backlog_was_last_ = from_backlog;
  std::vector<queue::Slice> slices;
  if (from_backlog)
    rings_.take_backlog(id_, options_.batch.records, room, slices);
  else
    take_fresh(pending, room, slices);
  Attempt attempt;
  for (queue::Slice& slice : slices) attempt.batch.add(std::move(slice));
  attempt.batch.id = ++last_id_;
  if (attempt.batch.records == 0) return std::nullopt;
  return attempt;
}

void LaneCore::take_fresh(const queue::Pending& pending, std::size_t room, std::vector<queue::Slice>& out) {
  const bool full = policy_.is_full(pending);
  rings_.take(id_, options_.batch.records, room, out);
  policy_.took(full, now_);
  emptied_at_ = now_;
}

void LaneCore::send(Attempt attempt) {
  if (attempt.first_tried < Duration::zero()) attempt.first_tried = active_time();
  const bool first_doubt = !std::exchange(attempt.batch.doubt_booked, true);
  if (attempt.batch.maybe_sent)
    book(Account::maybe_twice, 0, attempt.batch.records);
  else if (first_doubt)
    book(Account::maybe_twice, 0, attempt.batch.doubtful());
  attempt.sent_at = now_;
  if (stop_) probed_in_drain_ = true;
  // Taken since the end began, before the spool had it.
  if (ends_) save(attempt, true);
  book(Account::requests, 0, 1);
  const BatchId id = attempt.batch.id;
  in_flight_.emplace(id, std::move(attempt));
  out_->commands.emplace_back(Send{id});
}

// Sets the ring's wake-up and the timer to the next moment at which there is something to decide.
void LaneCore::arm() {
  const queue::Pending pending = rings_.pending(id_);
  policy_.observe(pending, now_, now_);
  std::optional<SteadyTime> timer;
  queue::WakeAt wake{.first = false, .records = never, .bytes = never};
  if (!saving_.empty()) {
    // Nothing is sent before the spool's answers are here.
  } else if (state_ != LaneState::healthy && has_key_) {
    timer = next_try_;
    if (in_flight_.empty() && parked_.empty() && pending.records == 0 && pending.backlog == 0)
      wake.first = wake.backlog = now_ >= next_try_;
    if (wake.first || !in_flight_.empty()) timer.reset();
  } else if (has_key_ && in_flight_.size() < window_.size() && room_for_fresh() > 0) {
    wake = policy_.wake(now_);
    wake.backlog = !stop_;
    timer = policy_.deadline();
    lingering_ = pending.records == 0 && now_ < emptied_at_ + BatchPolicy::quick;
    if (lingering_) timer = emptied_at_ + BatchPolicy::quick;
    if (const auto gathered = policy_.gathers_until(now_))
      timer = std::min(timer.value_or(*gathered), *gathered);
    wake.first = pending.records == 0 && !lingering_;
  }
  if (stop_) timer = std::min(timer.value_or(stop_->deadline), stop_->deadline);
  if (stop_ && waits_for_disk()) timer = now_ + look_at_disk_again;
  out_->commands.emplace_back(WakeMeAt{timer});
  if (rings_.arm(id_, wake)) out_->commands.emplace_back(WakeMeAt{now_});
}

bool LaneCore::gives_up_in_drain() const {
  if (!stop_->send || now_ >= stop_->deadline || !has_key_) return true;
  // What is safe on disk is not worth the wait for a backend that fails.
  const bool in_vain = state_ == LaneState::blocked || (state_ == LaneState::backing_off && is_saved());
  return in_vain && probed_in_drain_ && in_flight_.empty();
}

// Nothing is in memory only.
bool LaneCore::is_saved() const {
  if (rings_.mode() == queue::SpoolMode::off || !saving_.empty() || !rings_.is_safe(id_)) return false;
  const LaneView held = view();
  return held.parked == 0 && held.in_flight == held.in_flight_stored;
}

// It is about to give up, and the spool has not taken all yet.
bool LaneCore::waits_for_disk() const {
  if (rings_.mode() == queue::SpoolMode::off || now_ >= stop_->saved_by) return false;
  return !saving_.empty() || !rings_.is_safe(id_);
}

void LaneCore::finish_if_empty() {
  if (!stop_ || waits_for_disk()) return;
  const bool is_left = gave_up_ && parked_.size() == saving_.size();
  if (!in_flight_.empty() || !(parked_.empty() || is_left) || rings_.pending(id_).records > 0) return;
  if (!gave_up_) {
    rings_.end(id_, {});
    // In mode always that is what a full disk refused to the last.
    rings_.drop_all(id_, Drop::shutdown);
  }
  finished_ = true;
  out_->commands.emplace_back(WakeMeAt{});
  out_->commands.emplace_back(Finished{});
}

void LaneCore::give_up() {
  if (waits_for_disk()) return;
  mark_doubtful();
  for (Attempt& attempt : parked_.take_all()) leave(std::move(attempt));
  for (auto& [id, attempt] : in_flight_) leave(std::move(attempt));
  in_flight_.clear();
  rings_.drop_all(id_, Drop::shutdown);
}

// A backend that only could not be reached has none of it.
void LaneCore::mark_doubtful() {
  gave_up_ = true;
  std::set<queue::RowId> unsent;
  const auto each_row = [](const Batch& batch, auto what) {
    for (const queue::Slice& slice : batch.slices)
      if (slice.is_stored()) what(slice.row.id);
  };
  for (const Attempt& attempt : parked_.all())
    if (!attempt.batch.maybe_sent) each_row(attempt.batch, [&](queue::RowId row) { unsent.insert(row); });
  for (const Attempt& attempt : parked_.all())
    if (attempt.batch.maybe_sent) each_row(attempt.batch, [&](queue::RowId row) { unsent.erase(row); });
  for (const auto& [id, attempt] : in_flight_)
    each_row(attempt.batch, [&](queue::RowId row) { unsent.erase(row); });
  rings_.end(id_, std::vector<queue::RowId>(unsent.begin(), unsent.end()));
}

// What is on disk stays there, for the next run. What the spool is about to write, or has written without a
// word yet, is still held: either it will be there too, or the run's end finds it lost.
void LaneCore::leave(Attempt attempt) {
  if (saving_.contains(attempt.batch.id)) return parked_.add_last(std::move(attempt));
  const std::uint64_t stored = attempt.batch.stored();
  rings_.leave_on_disk(id_, stored);
  book(Account::dropped, number(Drop::shutdown), attempt.batch.records - stored);
}

void LaneCore::set_state(LaneState state, std::string why) {
  // What was still open when the key went away is answered, but cures nothing.
  if (!has_key_) state = LaneState::blocked, why = "no key";
  const bool changed = state != state_;
  if (changed && state_ == LaneState::blocked && blocked_since_) {
    blocked_before_ += now_ - *blocked_since_;
    blocked_since_.reset();
  }
  if (changed && state == LaneState::blocked) blocked_since_ = now_;
  if (state != LaneState::blocked) key_trouble_ = false;
  if (state == LaneState::healthy) next_try_ = now_;
  const bool worth_a_line = changed || (state == LaneState::blocked && why != why_);
  why_ = std::move(why);
  if (worth_a_line) out_->commands.emplace_back(StateChanged{});
  if (!changed) return;
  state_ = state;
  state_since_ = now_;
  rings_.set_health(id_, health_of(state));
}

Duration LaneCore::active_time() const {
  const Duration blocked = blocked_before_ + (blocked_since_ ? now_ - *blocked_since_ : Duration::zero());
  return now_.time_since_epoch() - blocked;
}

void LaneCore::book(Account account, std::uint8_t reason, std::uint64_t count) {
  if (count != 0) out_->books.push_back({account, reason, id_, count});
}

bool LaneCore::isolation_in_flight() const {
  return std::ranges::any_of(in_flight_, [](const auto& entry) { return entry.second.isolating; });
}

LaneView LaneCore::view() const {
  LaneView view;
  view.state = state_;
  view.why = why_;
  view.since = state_since_;
  if (state_ != LaneState::healthy && has_key_) view.next_try = next_try_;
  view.parked_stored = parked_.stored();
  view.parked = parked_.records() - view.parked_stored;
  for (const auto& [id, attempt] : in_flight_) {
    view.in_flight += attempt.batch.records;
    view.in_flight_stored += attempt.batch.stored();
  }
  return view;
}

}  // namespace pannier::deliver
