#include "deliver/lane_core.h"

#include <algorithm>
#include <utility>

#include "deliver/encoder.h"

namespace pannier::deliver {

using observe::Account;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t never = ~0ULL;
constexpr milliseconds look_at_disk_again{10};
// What is buried takes memory until the spool has it.
constexpr milliseconds bury_the_next{10};
// Rows that wait to be read back may be removed from the disk without a word.
constexpr milliseconds look_at_rings_again{1000};

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
                   SteadyTime now, double phase, LaneTraits traits)
    : id_(id),
      options_(options),
      traits_(std::move(traits)),
      rings_(rings),
      policy_(options.batch, now, phase),
      backoff_(options.retry),
      window_(options.connections),
      refusal_(traits_.refused_for_good),
      state_since_(now),
      has_key_(has_key),
      emptied_at_(now) {
  if (has_key) return;
  state_ = LaneState::blocked;
  why_ = traits_.missing_key;
  key_trouble_ = asks_first_ = true;
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
  if (const auto* probed = std::get_if<Probed>(&event)) handle(*probed, random);
  if (const auto* read = std::get_if<KeyRead>(&event)) handle(*read);
  if (const auto* changed = std::get_if<KeyChanged>(&event)) handle(*changed);
  if (const auto* changed = std::get_if<Reconfigured>(&event)) handle(*changed);
  if (const auto* stop = std::get_if<Stop>(&event)) handle(*stop);
  if (std::holds_alternative<Save>(event)) save_all();
  pump();
}

void LaneCore::handle(const Reconfigured& event) {
  options_ = event.options;
  policy_.configure(options_.batch);
  backoff_.configure(options_.retry);
  window_.configure(options_.connections);
  // A reload is also a person's wish to try now.
  if (state_ != LaneState::healthy && has_key_) try_now();
}

void LaneCore::pump() {
  if (stop_ && gives_up_in_drain()) give_up();
  look_at_refusal();
  if (wants_probe()) probe();
  while (saving_.empty() && in_flight_.size() < allowed()) {
    auto chosen = choose();
    if (!chosen) break;
    send(std::move(*chosen));
  }
  finish_if_empty();
  if (!finished_) arm();
}

std::uint32_t LaneCore::allowed() const {
  if (!has_key_ || must_probe() || is_closing_) return 0;
  if (state_ == LaneState::healthy) return window_.size();
  return now_ >= next_try_ ? 1 : 0;
}

// Known-bad parts and suspects are not sent but halved. A single one is sent once more before it is given up:
// the backend may have refused its batch for another reason.
std::optional<Attempt> LaneCore::settle(std::optional<Attempt> chosen) {
  if (!chosen) return std::nullopt;
  const bool suspect = chosen->strikes >= 1;
  const bool single = chosen->batch.records == 1;
  if (suspect && single && chosen->strikes >= Parked::strikes_of_poison) {
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
  for (;;) {
    auto attempt = next_waiting();
    if (!attempt || attempt->batch.slices.front().segment->format() != doomed_format) return attempt;
    bury(attempt->batch, Dead::out_of_range, "status or response_time is out of Malti's range");
  }
}

std::optional<Attempt> LaneCore::next_waiting() {
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
  emptied_at_ = now_;
  std::uint64_t records = 0;
  for (const queue::Slice& slice : out) records += slice.records();
  // A batch ends where fragments of another kind begin, and those are as due as it was.
  const bool is_cut_short = !full && records != 0 && records < pending.records;
  if (!is_cut_short) policy_.took(full, now_);
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
  } else if (is_closing_ || (state_ != LaneState::healthy && has_key_)) {
    timer = arm_failing(pending, wake);
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

std::optional<SteadyTime> LaneCore::arm_failing(const queue::Pending& pending, queue::WakeAt& wake) const {
  const bool is_empty = pending.records == 0 && pending.backlog == 0;
  if (is_closing_) {
    wake.first = wake.backlog = is_empty;
    return now_ + (is_empty ? look_at_rings_again : bury_the_next);
  }
  std::optional<SteadyTime> timer = next_try_;
  if (is_empty && in_flight_.empty() && parked_.empty() && !is_probing_ && !is_asked_for_)
    wake.first = wake.backlog = now_ >= next_try_;
  if (wake.first || !in_flight_.empty() || is_probing_) timer.reset();
  if (const auto end = refusal_.final_at()) timer = std::min(timer.value_or(*end), *end);
  return timer;
}

void LaneCore::set_state(LaneState state, std::string why) {
  // What was still open when the key went away is answered, but cures nothing.
  if (!has_key_) state = LaneState::blocked, why = traits_.missing_key;
  const bool changed = state != state_;
  if (changed && state_ == LaneState::blocked && blocked_since_) {
    blocked_before_ += now_ - *blocked_since_;
    blocked_since_.reset();
  }
  if (changed && state == LaneState::blocked) blocked_since_ = now_;
  if (state != LaneState::blocked) {
    key_trouble_ = false;
    refusal_.paused(now_);
  }
  if (state == LaneState::blocked) asks_first_ = true;
  if (state == LaneState::healthy) {
    next_try_ = now_;
    asks_first_ = is_asked_for_ = false;
  }
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
