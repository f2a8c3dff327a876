// The rings' side towards the spool: what is to go to disk, what came of it, what comes back.
#include <algorithm>

#include "queue/rings.h"

namespace pannier::queue {
namespace {

// Marks over which mode overflow spills, and how far down: parts of what the lane may hold, or of the memory.
constexpr std::size_t healthy_part = 2;
constexpr std::size_t failing_part = 16;
constexpr std::size_t spill_to_part = 2;
// So much is read back ahead of a healthy lane, as a part of the memory.
constexpr std::size_t read_ahead_part = 32;

Slice slice_of(const LoadedRow& row, const RecordRange& range) {
  Slice slice{row.segment, range.first, range.last, {row.row, 0, row.records}, row.arrived};
  slice.attempts = row.attempts;
  slice.maybe_sent = row.maybe_sent;
  return slice;
}

}  // namespace

// A lane that fails has no use for much memory, and what is on disk is safe.
std::size_t Rings::spill_mark(const LaneRing& lane) const {
  if (lane.health == LaneHealth::healthy) return may_hold(lane) / healthy_part;
  return std::min(memory_ / failing_part, may_hold(lane) / healthy_part);
}

bool Rings::wants_reading(const LaneRing& lane) const {
  if (lane.unloaded == 0 || lane.unsent) return false;
  if (lane.loaded.empty()) return true;
  return lane.health == LaneHealth::healthy && lane.loaded_bytes < memory_ / read_ahead_part &&
         lane.allocated < may_hold(lane) / 2;
}

bool Rings::has_spool_work(const LaneRing& lane) const {
  if (spooling_.mode == SpoolMode::off) return false;
  return lane.allocated - lane.loaded_bytes > spill_mark(lane) || wants_reading(lane);
}

void Rings::collect(const Collect& what, std::vector<ToStore>& out) {
  const std::lock_guard lock(mutex_);
  spool_is_told_ = false;
  std::size_t left = what.bytes;
  const bool all = what.all || spooling_.mode == SpoolMode::always;
  for (std::size_t id = 0; id < lanes_.size() && left > 0; ++id)
    collect_lane(static_cast<LaneId>(id), all, left, out);
}

void Rings::collect_lane(LaneId id, bool all, std::size_t& left, std::vector<ToStore>& out) {
  LaneRing& lane = lanes_[id];
  std::size_t held_after = lane.allocated - lane.loaded_bytes;
  const std::size_t mark = spill_mark(lane);
  if (!all && held_after <= mark) return;
  for (HeldSegment& held : lane.segments) {
    if (left == 0 || (!all && held_after <= mark / spill_to_part)) return;
    if (held.is_stored() || held.is_being_stored) continue;
    const Slice slice = held.rest();
    if (held.may_be_taken()) lane.fresh.remove(slice);
    held.is_being_stored = true;
    const std::size_t before = held.segment->allocated();
    held.segment->seal();
    // A part that was taken is being read.
    if (held.first == 0) pool_->trim(*held.segment);
    lane.allocated -= before - held.segment->allocated();
    held_after -= std::min(held_after, held.segment->allocated());
    left -= std::min(left, slice.bytes().size());
    out.push_back({id, slice, !all});
  }
}

HeldSegment* Rings::find(const ToStore& wanted) {
  auto& segments = lanes_[wanted.lane].segments;
  const auto found = std::ranges::find_if(
      segments, [&](const HeldSegment& held) { return held.segment == wanted.slice.segment; });
  return found == segments.end() ? nullptr : &*found;
}

void Rings::stored(std::span<const ToStore> segments, std::vector<LaneId>& woken) {
  bool room = false;
  {
    const std::lock_guard lock(mutex_);
    for (const ToStore& segment : segments) {
      LaneRing& lane = lanes_[segment.lane];
      HeldSegment* held = find(segment);
      if (held == nullptr) continue;
      held->is_being_stored = false;
      held->is_ready = true;
      held->row = segment.slice.row;
      lane.spare += held->segment->allocated();
      if (segment.unload) {
        lane.unloaded += held->rest().records();
        pop(lane,
            lane.segments.begin() +
                std::ranges::distance(lane.segments.begin(), std::ranges::find(lane.segments, held->segment,
                                                                               &HeldSegment::segment)));
      } else {
        lane.fresh.add(held->rest());
      }
      wake_if_due(segment.lane, woken);
    }
    room = room_came();
  }
  if (room && on_room_) on_room_();
}

void Rings::not_stored(std::span<const ToStore> segments) {
  const std::lock_guard lock(mutex_);
  for (const ToStore& segment : segments) {
    HeldSegment* held = find(segment);
    if (held == nullptr) continue;
    held->is_being_stored = false;
    if (held->is_ready) lanes_[segment.lane].fresh.add(held->rest());
  }
}

void Rings::set_disk_works(bool works, std::vector<LaneId>& woken) {
  const std::lock_guard lock(mutex_);
  disk_works_ = works;
  if (works || spooling_.mode != SpoolMode::always) return;
  for (std::size_t id = 0; id < lanes_.size(); ++id) {
    make_ready(lanes_[id], static_cast<LaneId>(id));
    wake_if_due(static_cast<LaneId>(id), woken);
  }
}

// What could not be stored may be sent all the same.
void Rings::make_ready(LaneRing& lane, LaneId id) {
  std::uint64_t records = 0;
  for (HeldSegment& held : lane.segments) {
    if (held.is_ready || held.is_being_stored) continue;
    held.is_ready = true;
    lane.fresh.add(held.rest());
    records += held.rest().records();
  }
  if (records > 0) book(observe::Account::undurable, 0, id, records);
}

void Rings::carry_in(LaneId id, std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  lanes_[id].unloaded += records;
  ledger_.carried_in(id, records);
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
    }
    lane.unloaded -= std::min(lane.unloaded, records);
    if (!row.segment)
      book(observe::Account::stored_dropped, static_cast<std::uint8_t>(Drop::corrupt), id, records);
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

RowsOf Rings::rows_to_remove(LaneId id, RowId next_row, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  LaneRing& lane = lanes_[id];
  if (lane.unloaded == 0) unload(lane, bytes);
  return rows_of(lane, next_row);
}

void Rings::unload(LaneRing& lane, std::uint64_t bytes) {
  while (bytes > 0) {
    const auto oldest =
        std::ranges::find_if(lane.segments, [](const HeldSegment& held) { return held.is_spare(); });
    if (oldest == lane.segments.end()) return;
    const Slice rest = oldest->rest();
    bytes -= std::min(bytes, rest.bytes().size());
    lane.fresh.remove(rest);
    lane.unloaded += rest.records();
    pop(lane, oldest);
  }
}

void Rings::removed_from_disk(LaneId id, std::uint64_t records, Drop reason) {
  const std::lock_guard lock(mutex_);
  lanes_[id].unloaded -= std::min(lanes_[id].unloaded, records);
  book(observe::Account::stored_dropped, static_cast<std::uint8_t>(reason), id, records);
}

void Rings::put_back(LaneId id, const Slice& stored) {
  const std::lock_guard lock(mutex_);
  open_row(lanes_[id], id, LaneRing::fresh_rows, stored.row.id);
  std::uint32_t durable = stored.records();
  for (Undurable& taken : undurable_) {
    if (taken.segment.lock() != stored.segment) continue;
    const std::uint32_t part = std::min(taken.records, durable);
    taken.records -= part;
    durable -= part;
  }
}

void Rings::finished(LaneId id, std::span<const RowId> rows) {
  const std::lock_guard lock(mutex_);
  LaneRing& lane = lanes_[id];
  for (std::size_t window = 0; window < lane.open.size(); ++window) {
    std::size_t erased = 0;
    for (const RowId row : rows) erased += lane.open[window].erase(row);
    if (erased != 0) mark(lane, id, window);
  }
}

void Rings::open_row(LaneRing& lane, LaneId id, LaneRing::Window window, RowId row) {
  if (lane.open[window].insert(row).second) mark(lane, id, window);
}

void Rings::doubt(LaneId id, RowId row) {
  const std::lock_guard lock(mutex_);
  LaneRing& lane = lanes_[id];
  if (!lane.unsent) return;
  std::erase(*lane.unsent, row);
  for (std::size_t window = 0; window < lane.open.size(); ++window) mark(lane, id, window);
}

void Rings::end(LaneId id, std::span<const RowId> unsent) {
  const std::lock_guard lock(mutex_);
  LaneRing& lane = lanes_[id];
  // Open they stay, so that nobody reads them back.
  lane.unsent.emplace(unsent.begin(), unsent.end());
  for (std::size_t window = 0; window < lane.open.size(); ++window) mark(lane, id, window);
}

void Rings::mark(const LaneRing& lane, LaneId id, std::size_t window) const {
  if (page_ != nullptr) page_->mark(id, window, lane.window(window));
}

void Rings::attach(observe::CounterPage* page) {
  const std::lock_guard lock(mutex_);
  page_ = page;
}

std::string_view Rings::name_of(LaneId id) const {
  const std::lock_guard lock(mutex_);
  return lanes_[id].name;
}

std::uint64_t Rings::accounted() {
  const std::lock_guard lock(mutex_);
  std::uint64_t up_to = ticket_;
  for (const LaneRing& lane : lanes_) {
    const auto waits =
        std::ranges::find_if(lane.segments, [](const HeldSegment& held) { return !held.is_stored(); });
    if (waits != lane.segments.end()) up_to = std::min(up_to, waits->ticket - 1);
  }
  std::erase_if(undurable_, [](const Undurable& taken) { return taken.records == 0 || taken.segment.expired(); });
  for (const Undurable& taken : undurable_) up_to = std::min(up_to, taken.ticket - 1);
  return up_to;
}

bool Rings::awaits_ends() const {
  const std::lock_guard lock(mutex_);
  return !undurable_.empty();
}

}  // namespace pannier::queue
