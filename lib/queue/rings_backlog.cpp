// The rings' backlog: what the spool holds and is read back, lane by lane, as it is sent.
#include <algorithm>

#include "queue/rings.h"

namespace pannier::queue {
namespace {

// So much is read back ahead of a healthy lane, as a part of the memory.
constexpr std::size_t read_ahead_part = 32;

Slice slice_of(const LoadedRow& row, const RecordRange& range) {
  Slice slice{row.segment, range.first, range.last, {row.row, 0, row.records}, row.arrived};
  slice.attempts = row.attempts;
  slice.maybe_sent = row.maybe_sent;
  return slice;
}

}  // namespace

bool Rings::wants_reading(const LaneRing& lane) const {
  if (lane.unloaded == 0 || lane.unsent) return false;
  if (lane.loaded.empty()) return true;
  return lane.health == LaneHealth::healthy && lane.loaded_bytes < memory_ / read_ahead_part &&
         lane.allocated < may_hold(lane) / 2;
}

void Rings::carry_in(LaneId id, std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  lanes_[id].unloaded += records;
  ledger_.carried_in(id, records);
}

void Rings::carry_in_letters(std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  letters_ += records;
  ledger_.letters_carried_in(records);
}

void Rings::buried(std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  letters_ += records;
}

void Rings::replayed(LaneId id, std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  letters_ -= records;
  book(observe::Account::replayed, 0, id, records);
  lanes_[id].unloaded += records;
}

void Rings::purged(Purge reason, std::uint64_t records) {
  if (records == 0) return;
  const std::lock_guard lock(mutex_);
  letters_ -= records;
  book(observe::Account::purged, number_of(reason), 0, records);
}

RowsOf Rings::rows_of(const LaneRing& lane, RowId next_row) const {
  RowsOf rows{lane.name, lane.read_up_to, lane.oldest_held_row(next_row), {}};
  for (const RowId row : lane.open[LaneRing::fresh_rows])
    if (row > rows.after && row < rows.before) rows.except.push_back(row);
  return rows;
}

void Rings::wishes(RowId next_row, std::vector<Wish>& out) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t id = 0; id < lanes_.size(); ++id) {
    const LaneRing& lane = lanes_[id];
    if (!wants_reading(lane)) continue;
    RowsOf rows = rows_of(lane, next_row);
    if (rows.before <= rows.after + 1) continue;
    const std::size_t bytes =
        lane.health == LaneHealth::healthy ? memory_ / read_ahead_part : SegmentPool::usual_bytes;
    out.push_back({static_cast<LaneId>(id), std::move(rows), bytes});
  }
}

void Rings::loaded(LaneId id, const Loaded& loaded, std::vector<LaneId>& woken) {
  const std::lock_guard lock(mutex_);
  LaneRing& lane = lanes_[id];
  lane.read_up_to = std::max(lane.read_up_to, loaded.up_to);
  for (const LoadedRow& row : loaded.rows) {
    // Nobody takes it any more; what is damaged was noted by the core already.
    if (lane.unsent && row.segment) continue;
    std::uint64_t records = 0;
    for (const RecordRange& range : row.left) {
      records += range.last - range.first;
      if (!row.segment) continue;
      const Slice slice = slice_of(row, range);
      lane.loaded.push_back(slice);
      lane.backlog.add(slice);
      lane.lately.add(slice.records(), slice.bytes().size());
    }
    lane.unloaded -= std::min(lane.unloaded, records);
    if (!row.segment) book(observe::Account::stored_dropped, number_of(Drop::corrupt), id, records);
    if (!row.segment || row.left.empty()) continue;
    lane.loaded_bytes += row.segment->allocated();
    lane.allocated += row.segment->allocated();
  }
  wake_if_due(id, woken);
}

void Rings::take_backlog(LaneId id, std::uint32_t records, std::size_t bytes, std::vector<Slice>& out) {
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    LaneRing& lane = lanes_[id];
    bool any = false;
    while (!lane.loaded.empty() && records > 0) {
      Slice slice = lane.loaded.front();
      if (any && !slice.goes_with(out.back())) break;
      const std::uint32_t fitting = slice.segment->records_within(slice.first, bytes);
      const std::uint32_t count = std::min({records, std::max(fitting, any ? 0U : 1U), slice.records()});
      if (count == 0) break;
      slice.last = slice.first + count;
      open_row(lane, id, LaneRing::back, slice.row.id);
      lane.backlog.remove(slice);
      records -= count;
      bytes -= std::min(bytes, slice.bytes().size());
      any = true;
      lane.loaded.front().first += count;
      out.push_back(std::move(slice));
      if (lane.loaded.front().records() == 0) forget_first_loaded(lane);
    }
    tell = wants_reading(lane) && tell_spool();
  }
  if (tell) on_spool_work_();
}

// A row of which the middle is finished lies there in two parts.
void Rings::forget_first_loaded(LaneRing& lane) {
  const SegmentPtr segment = std::move(lane.loaded.front().segment);
  lane.loaded.pop_front();
  if (!lane.loaded.empty() && lane.loaded.front().segment == segment) return;
  lane.loaded_bytes -= segment->allocated();
  lane.allocated -= segment->allocated();
}

}  // namespace pannier::queue
