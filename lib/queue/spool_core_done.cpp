// What came of the spool's work: what was committed, what failed and is tried again, what was read.
#include <algorithm>
#include <ranges>
#include <utility>

#include "queue/spool_core.h"

namespace pannier::queue {

// ---- what came of it

void SpoolCore::done(Work work, const Result<Applied>& applied, std::uint64_t used_bytes, SteadyTime now,
                     Outcome& out) {
  used_ = used_bytes;
  if (!applied) return failed(work, applied.error(), now, out);
  last_commit_ = now;
  fails_ = false;
  if (no_room_ && work.transaction.puts.empty() && !work.transaction.is_trial)
    return committed(work, *applied, out);
  no_room_ = false;
  if (!trouble_.empty()) {
    trouble_.clear();
    retry_after_ = {};
    rings_.set_disk_works(true, out.woken);
    told_ = true;
    due_by(now);
  }
  committed(work, *applied, out);
  if (!full_ || options_.when_full == WhenFull::drop_oldest) return;
  told_ = true;
  due_by(now + refused_again);
}

void SpoolCore::committed(Work& work, const Applied& applied, Outcome& out) {
  for (std::size_t i = 0; i < work.made_room.size() && i < applied.made_room.size(); ++i) {
    const Removed& removed = applied.made_room[i];
    Lane& lane = lane_of(work.made_room[i]);
    lane.bytes -= std::min(lane.bytes, removed.bytes);
    rings_.removed_from_disk(work.made_room[i], removed.records, Drop::full);
  }
  for (const ToStore& segment : work.segments) lane_of(segment.lane).bytes += segment.slice.bytes().size();
  rings_.stored(work.segments, out.woken);
  for (PutBack& batch : work.batches) {
    PutBackDone back{batch.lane, batch.batch, {}};
    for (const Slice& slice : batch.slices) {
      if (!slice.is_stored()) continue;
      back.rows.push_back(slice.row);
      rings_.put_back(batch.lane, slice);
    }
    out.put_back.push_back(std::move(back));
  }
  for (const Finish& finish : work.transaction.finishes) {
    if (!finish.whole) continue;
    const LaneId lane = rows_[finish.row].lane;
    rows_.erase(finish.row);
    rings_.finished(lane, {&finish.row, 1});
  }
  removed(work, applied, out);
}

void SpoolCore::failed(Work& work, const Error& error, SteadyTime now, Outcome& out) {
  const bool has_puts = !work.transaction.puts.empty() || work.transaction.is_trial;
  is_no_space_ = error.code == ErrorCode::limit;
  (has_puts && is_no_space_ ? no_room_ : fails_) = true;
  trouble_ = error.message;
  give_back(work, out);
  if (!fails_ && !touched_.empty()) due_by(now);
  retry_after_ = std::clamp<Duration>(retry_after_ * 2, first_retry, fails_ ? longest_retry : longest_full);
  retry_at_ = now + retry_after_;
  rings_.set_disk_works(false, out.woken);
}

void SpoolCore::give_back(Work& work, Outcome& out) {
  rings_.not_stored(work.segments);
  next_row_ = work.first_row;
  flush_ = flush_ || work.is_flush;
  batches_ = std::move(work.batches);
  give_up_batches(out);
  for (LetterPut& put : std::views::reverse(work.transaction.letters)) {
    letter_bytes_ += put.letter.slice.bytes().size();
    letters_.push_front(std::move(put.letter));
  }
  if (work.order) end_order(*work.order, "the spool fails: " + trouble_, out);
  for (const Finish& finish : work.transaction.finishes) {
    touched_.insert(finish.row);
    rows_[finish.row].uncommitted += finish.records;
  }
  for (const auto& [key, count] : work.numbers) numbers_[key] += count;
}

void SpoolCore::give_up_batches(Outcome& out) {
  for (const PutBack& batch : std::exchange(batches_, {}))
    out.put_back.push_back({batch.lane, batch.batch, {}});
}

void SpoolCore::end() {
  for (const RowId id : touched_) rings_.doubt(rows_[id].lane, id);
}

void SpoolCore::read(const Rings::Wish& wish, const Result<Loaded>& loaded, SteadyTime now, Outcome& out) {
  if (!loaded) {
    trouble_ = loaded.error().message;
    retry_after_ = std::clamp<Duration>(retry_after_ * 2, first_retry, longest_retry);
    read_again_ = now + retry_after_;
    return;
  }
  // What could not be read for a while can be again.
  if (!fails_ && !no_room_) trouble_.clear();
  for (const LoadedRow& row : loaded->rows) note_loaded(wish.lane, row, now);
  rings_.loaded(wish.lane, *loaded, out.woken);
}

// A damaged row is gone as a whole; of another one it must be known what is finished already.
void SpoolCore::note_loaded(LaneId lane, const LoadedRow& loaded, SteadyTime now) {
  std::uint32_t left = 0, at = 0;
  std::vector<RecordRange> finished;
  for (const RecordRange& range : loaded.left) {
    if (range.first > at) finished.push_back({at, range.first});
    at = range.last;
    left += range.last - range.first;
  }
  if (at < loaded.records) finished.push_back({at, loaded.records});
  if (left == loaded.records && loaded.segment) return;
  Row& row = rows_[loaded.row];
  row = {lane, loaded.records, loaded.records - left, 0, std::move(finished)};
  if (loaded.segment) return;
  row.count += left;
  row.uncommitted += left;
  touched_.insert(loaded.row);
  numbers_[{lane, observe::Account::stored_dropped, number_of(Drop::corrupt)}] += left;
  due_by(now + gather);
}

}  // namespace pannier::queue
