// How a lane ends: what was taken goes to disk while it is sent, what is on disk stays there, the rest is
// dropped and booked.
#include <algorithm>
#include <utility>

#include "deliver/lane_core.h"

namespace pannier::deliver {

using observe::Account;

void LaneCore::handle(const Stop& event) {
  stop_ = event;
  probed_in_drain_ = is_probing_;
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

bool LaneCore::gives_up_in_drain() const {
  if (!stop_->send || now_ >= stop_->deadline || !has_key_) return true;
  // What is safe on disk is not worth the wait for a backend that fails.
  const bool in_vain = state_ == LaneState::blocked || (state_ == LaneState::backing_off && is_saved());
  return in_vain && probed_in_drain_ && in_flight_.empty() && !is_probing_;
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
  book(Account::dropped, number_of(Drop::shutdown), attempt.batch.records - stored);
}

}  // namespace pannier::deliver
