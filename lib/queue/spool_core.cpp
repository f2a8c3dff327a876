#include "queue/spool_core.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace pannier::queue {
namespace {

// What a row costs beside its fragments.
constexpr std::uint64_t row_overhead = 200;

std::uint64_t cost_of(const Slice& slice) {
  return slice.bytes().size() + slice.records() * sizeof(std::uint32_t) + row_overhead;
}

// Adds to ranges that are sorted and apart, and keeps them so.
void add_range(std::vector<RecordRange>& ranges, RecordRange added) {
  auto at = std::ranges::lower_bound(ranges, added.first, {}, &RecordRange::last);
  while (at != ranges.end() && at->first <= added.last) {
    added = {std::min(added.first, at->first), std::max(added.last, at->last)};
    at = ranges.erase(at);
  }
  ranges.insert(at, added);
}

}  // namespace

SpoolCore::SpoolCore(const SpoolOptions& options, Rings& rings, LaneNamed lane_named)
    : options_(options), rings_(rings), lane_named_(std::move(lane_named)) {}

void SpoolCore::begin(RowId last_row, std::uint64_t used_bytes) {
  next_row_ = last_row + 1;
  used_ = used_bytes;
}

SpoolCore::Lane& SpoolCore::lane_of(LaneId lane) {
  if (lanes_.size() <= lane) lanes_.resize(lane + 1U);
  if (lanes_[lane].name.empty()) lanes_[lane].name = rings_.name_of(lane);
  return lanes_[lane];
}

std::uint64_t SpoolCore::room() const {
  // The log with a transaction over its mark, the reserve, the counter page and half-empty pages.
  const std::uint64_t others = log_bytes(options_) + most_of_transaction + reserve_bytes(options_);
  return options_.bytes - std::min(others, options_.bytes / 2);
}

// ---- events

void SpoolCore::due_by(SteadyTime time) {
  due_ = std::min(due_.value_or(time), time);
}

void SpoolCore::told(SteadyTime now) {
  told_ = true;
  due_by(options_.mode == SpoolMode::always ? std::max(now, last_commit_ + gather) : now);
}

SpoolCore::Row& SpoolCore::row_of(const RowEnd& end) {
  Row& row = rows_[end.row.id];
  row.lane = end.lane;
  row.records = end.row.records;
  return row;
}

void SpoolCore::ended(const RowEnd& end, SteadyTime now) {
  Row& row = row_of(end);
  const std::uint32_t records = end.last - end.first;
  add_range(row.finished, {end.first - end.row.base, end.last - end.row.base});
  row.count += records;
  row.uncommitted += records;
  touched_.insert(end.row.id);
  numbers_[{end.lane, end.account, end.reason}] += records;
  Lane& lane = lane_of(end.lane);
  lane.bytes -= std::min(lane.bytes, end.bytes);
  due_by(now + gather);
}

void SpoolCore::put_back(PutBack batch) {
  batches_.push_back(std::move(batch));
  ends_ = true;
  try_now();
}

void SpoolCore::flush() {
  flush_ = true;
  try_now();
}

// Who flushes has no time for a disk that may be well again, and must be told if it is not.
void SpoolCore::try_now() {
  if (fails_ || no_room_) retry_at_ = SteadyTime{};
}

// ---- what to do

std::optional<SteadyTime> SpoolCore::wake_at() const {
  std::optional<SteadyTime> wake = due_;
  if (flush_ || !batches_.empty()) wake = SteadyTime{};
  if (no_room_) wake = std::min(due_.value_or(*retry_at_), *retry_at_);
  if (!orders_.empty()) wake = SteadyTime{};
  if (fails_) wake = retry_at_;
  if (read_again_ && !ends_) wake = std::min(wake.value_or(*read_again_), *read_again_);
  return wake;
}

bool SpoolCore::is_idle() const {
  return !flush_ && !told_ && batches_.empty() && touched_.empty() && numbers_.empty() && letters_.empty() &&
         orders_.empty();
}

// Reading goes on while writing fails: what is delivered makes room. At the end nobody wants what is read,
// and the rows of batches that were put back are out.
SpoolCore::Work SpoolCore::next(SteadyTime now) {
  Work work;
  work.first_row = next_row_;
  write(work, now);
  if (!work.writes() && !ends_ && may_read(now)) {
    read_again_.reset();
    rings_.wishes(next_row_, work.reads);
  }
  return work;
}

void SpoolCore::write(Work& work, SteadyTime now) {
  const bool is_wanted = flush_ || !batches_.empty() || !orders_.empty() || (due_ && now >= *due_);
  const bool is_retry = (fails_ || no_room_) && now >= *retry_at_;
  if (fails_ ? !is_retry : !is_wanted && !is_retry) return;
  due_.reset();
  // On a full disk rows can still be removed, and may make room for the others; each by itself, so that one
  // does not fail with the other.
  const bool may_end = fails_ || !no_room_ || !is_retry;
  const bool may_put = fails_ ? touched_.empty() : !no_room_ || is_retry;
  if (may_put) collect(work);
  if (may_end) {
    // Where there is no room a row that goes makes none for its letter.
    if ((fails_ || no_room_) && is_no_space_) give_up_letters(0);
    add_letters(work);
    add_finishes(work);
    add_removal(work);
  }
  make_room_for(work);
  // Nobody would know that a disk is well again on which nothing is to be written.
  work.transaction.is_trial = is_retry && may_put && !work.writes();
  if (!work.writes()) last_commit_ = now;
}

void SpoolCore::add_put(Work& work, LaneId lane, Slice& slice) {
  slice.row = {next_row_++, slice.first, slice.records()};
  work.transaction.puts.push_back({slice.row.id, lane_of(lane).name, slice});
}

void SpoolCore::collect(Work& work) {
  told_ = false;
  work.is_flush = flush_;
  // A small spool has no room for a large transaction, whoever gives way.
  const std::size_t most_bytes = std::min<std::size_t>(transaction_bytes, room() / 4);
  rings_.collect({.all = flush_, .bytes = most_bytes}, work.segments);
  std::size_t bytes = 0;
  for (ToStore& segment : work.segments) {
    bytes += segment.slice.bytes().size();
    add_put(work, segment.lane, segment.slice);
  }
  if (bytes >= most_bytes)
    told_ = true, due_ = SteadyTime{};
  else
    flush_ = false;
  work.batches = std::exchange(batches_, {});
  for (PutBack& batch : work.batches)
    for (Slice& slice : batch.slices) add_put(work, batch.lane, slice);
}

void SpoolCore::add_finishes(Work& work) {
  for (const RowId id : std::exchange(touched_, {})) {
    Row& row = rows_[id];
    Finish finish;
    finish.row = id;
    finish.lane = lane_of(row.lane).name;
    finish.records = std::exchange(row.uncommitted, 0);
    finish.whole = row.count >= row.records;
    if (!finish.whole) finish.finished = row.finished;
    work.transaction.finishes.push_back(std::move(finish));
  }
  for (const auto& [key, count] : std::exchange(numbers_, {})) {
    const auto& [lane, account, reason] = key;
    const bool has_lane = account != observe::Account::purged;
    work.transaction.numbers.push_back(
        {has_lane ? lane_of(lane).name : std::string_view(), account, reason, count});
    work.numbers.emplace_back(key, count);
  }
}

// Those that have something on disk, the one furthest over its share first.
std::vector<LaneId> SpoolCore::lanes_by_size() const {
  std::vector<LaneId> lanes;
  for (std::size_t id = 0; id < lanes_.size(); ++id)
    if (lanes_[id].bytes != 0) lanes.push_back(static_cast<LaneId>(id));
  std::ranges::sort(lanes, std::greater{},
                    [this](LaneId lane) { return std::pair(lanes_[lane].bytes, lane); });
  return lanes;
}

void SpoolCore::make_room_for(Work& work) {
  std::uint64_t incoming = 0;
  for (const Put& put : work.transaction.puts) incoming += cost_of(put.slice);
  full_ = incoming > 0 && used_ + incoming > room();
  if (!full_) return;
  const std::vector<LaneId> lanes = lanes_by_size();
  if (options_.when_full == WhenFull::refuse || lanes.empty())
    return refuse(work, room() - std::min(room(), used_));
  const std::uint64_t wanted = used_ + incoming - room();
  // Where the first ones have less than is wanted, the next give way too. In memory no more is forgotten for
  // it than is expected of them.
  std::uint64_t expected = wanted;
  for (const LaneId lane : lanes) {
    const std::uint64_t part = std::min(expected, lanes_[lane].bytes);
    work.transaction.make_room.push_back({rings_.rows_to_remove(lane, work.first_row, part), wanted});
    work.made_room.push_back(lane);
    expected -= part;
  }
}

// What does not fit stays in memory; finishes go on, and make room.
void SpoolCore::refuse(Work& work, std::uint64_t room) {
  auto& puts = work.transaction.puts;
  std::size_t kept = 0;
  for (; kept < puts.size() && cost_of(puts[kept].slice) <= room; ++kept) room -= cost_of(puts[kept].slice);
  kept = std::min(kept, work.segments.size());
  rings_.not_stored(std::span(work.segments).subspan(kept));
  for (PutBack& batch : work.batches)
    for (Slice& slice : batch.slices) slice.row = {};
  work.segments.resize(kept);
  puts.resize(kept);
  // What waits beyond this transaction would find no room either.
  told_ = flush_ = false;
  due_.reset();
}

}  // namespace pannier::queue
