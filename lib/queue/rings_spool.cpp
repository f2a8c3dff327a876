// The rings' side towards the spool: what is to go to disk, and what came of it.
#include <algorithm>

#include "queue/rings.h"

namespace pannier::queue {
namespace {

// Marks over which mode overflow spills, and how far down: parts of what the lane may hold, or of the memory.
constexpr std::size_t healthy_part = 2;
constexpr std::size_t failing_part = 16;
constexpr std::size_t spill_to_part = 2;

}  // namespace

// A lane that fails has no use for much memory, and what is on disk is safe.
std::size_t Rings::spill_mark(const LaneRing& lane) const {
  if (lane.health == LaneHealth::healthy) return may_hold(lane) / healthy_part;
  return std::min(memory_ / failing_part, may_hold(lane) / healthy_part);
}

bool Rings::has_spool_work(const LaneRing& lane) const {
  if (spooling_.mode == SpoolMode::off) return false;
  return lane.allocated - lane.loaded_bytes > spill_mark(lane) || wants_reading(lane);
}

void Rings::collect(const Collect& what, std::vector<ToStore>& out) {
  if (spooling_.mode == SpoolMode::off) return;
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
  bool has_changed = false;
  {
    const std::lock_guard lock(mutex_);
    has_changed = std::exchange(disk_works_, works) != works;
    if (!works && spooling_.mode == SpoolMode::always) {
      for (std::size_t id = 0; id < lanes_.size(); ++id) {
        make_ready(lanes_[id], static_cast<LaneId>(id));
        wake_if_due(static_cast<LaneId>(id), woken);
      }
    }
  }
  if (has_changed && on_disk_) on_disk_(works);
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

// Rows that were made by a replay lie above those that memory holds.
RowsOf Rings::rows_on_disk_only(const LaneRing& lane, RowId next_row) {
  RowsOf rows{lane.name, lane.read_up_to, next_row, {}};
  const auto is_elsewhere = [&rows](RowId row) {
    if (row > rows.after && row < rows.before) rows.except.push_back(row);
  };
  for (const RowId row : lane.open[LaneRing::fresh_rows]) is_elsewhere(row);
  for (const HeldSegment& held : lane.segments)
    if (held.is_spare()) is_elsewhere(held.row.id);
  std::ranges::sort(rows.except);
  return rows;
}

RowsOf Rings::rows_to_remove(LaneId id, RowId next_row, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  LaneRing& lane = lanes_[id];
  if (lane.unloaded == 0) unload(lane, bytes);
  return rows_on_disk_only(lane, next_row);
}

RowsOf Rings::rows_on_disk_only(LaneId id, RowId next_row) const {
  const std::lock_guard lock(mutex_);
  return rows_on_disk_only(lanes_[id], next_row);
}

void Rings::left_on_disk(LaneId id, std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  LaneRing& lane = lanes_[id];
  if (lane.unloaded <= records) return;
  book(observe::Account::stored_dropped, number_of(Drop::corrupt), id, lane.unloaded - records);
  lane.unloaded = records;
}

std::size_t Rings::lanes() const {
  const std::lock_guard lock(mutex_);
  return lanes_.size();
}

void Rings::removed_from_disk(LaneId id, std::uint64_t records, Drop reason) {
  const std::lock_guard lock(mutex_);
  lanes_[id].unloaded -= std::min(lanes_[id].unloaded, records);
  book(observe::Account::stored_dropped, number_of(reason), id, records);
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

void Rings::hold_still(const std::function<void()>& work) {
  const std::lock_guard lock(mutex_);
  ledger_.hold_still(work);
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
  std::erase_if(undurable_,
                [](const Undurable& taken) { return taken.records == 0 || taken.segment.expired(); });
  for (const Undurable& taken : undurable_) up_to = std::min(up_to, taken.ticket - 1);
  return up_to;
}

bool Rings::awaits_ends() const {
  const std::lock_guard lock(mutex_);
  return !undurable_.empty();
}

}  // namespace pannier::queue
