#include "queue/rings.h"

#include <algorithm>
#include <utility>

namespace pannier::queue {
Rings::Rings(std::size_t memory, observe::Ledger& ledger) : Rings(memory, ledger, Spooling{}) {}

Rings::Rings(std::size_t memory, observe::Ledger& ledger, Spooling spooling)
    : memory_(memory), spooling_(spooling), ledger_(ledger) {}

void Rings::add_lane(LaneId lane, std::string name) {
  const std::lock_guard lock(mutex_);
  if (lanes_.size() <= lane) lanes_.resize(lane + 1U);
  lanes_[lane].name = std::move(name);
}

bool Rings::is_due(const LaneRing& lane) const {
  if (lane.wake.backlog && !lane.loaded.empty()) return true;
  if (lane.fresh.records == 0) return false;
  if (lane.wake.first || lane.fresh.records >= lane.wake.records || lane.fresh.bytes >= lane.wake.bytes)
    return true;
  return lane.wake.high_mark <= 1.0 &&
         static_cast<double>(lane.allocated) >= lane.wake.high_mark * static_cast<double>(may_hold(lane));
}

void Rings::wake_if_due(LaneId id, std::vector<LaneId>& woken) {
  LaneRing& lane = lanes_[id];
  if (lane.woken || !is_due(lane)) return;
  lane.woken = true;
  woken.push_back(id);
}

Pushed Rings::push(std::span<const Staged> read, std::span<const observe::Movement> movements,
                   SystemTime arrival, std::vector<LaneId>& woken) {
  Pushed pushed;
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    ledger_.apply(movements);
    ++ticket_;
    bool spool_work = spooling_.mode == SpoolMode::always;
    for (const Staged& staged : read) {
      spool_work = push_lane(staged, arrival) || spool_work;
      pushed.pause = pushed.pause || is_nearly_full(lanes_[staged.lane]);
      wake_if_due(staged.lane, woken);
    }
    asked_to_pause_ = asked_to_pause_ || pushed.pause;
    if (spooling_.mode == SpoolMode::always) pushed.ticket = ticket_;
    tell = spool_work && tell_spool();
  }
  if (tell) on_spool_work_();
  return pushed;
}

// True: there is something for the spool to do.
bool Rings::push_lane(const Staged& staged, SystemTime arrival) {
  LaneRing& lane = lanes_[staged.lane];
  if (!staged.ends.empty()) lane.lately.add(staged.ends.size(), staged.ends.back());
  std::size_t done = 0;
  std::uint64_t without_room = 0, undurable = 0;
  while (done < staged.ends.size()) {
    const std::uint32_t start = done == 0 ? 0 : staged.ends[done - 1];
    Segment* segment = open_segment(lane, staged, staged.ends[done] - start, arrival);
    if (segment == nullptr) {
      ++without_room;
      ++done;
      continue;
    }
    const std::size_t taken = segment->append(staged.bytes, staged.ends, done);
    done += taken;
    if (!lane.segments.back().is_ready) continue;
    if (spooling_.mode == SpoolMode::always) undurable += taken;
    lane.fresh.records += taken;
    lane.fresh.bytes += staged.ends[done - 1] - start;
  }
  if (without_room > 0) book_drop(staged.lane, without_room, Drop::full);
  if (undurable > 0) book(observe::Account::undurable, 0, staged.lane, undurable);
  return has_spool_work(lane);
}

// The lane's last segment if a fragment of `bytes` fits, else a new one; none where nothing can be had.
Segment* Rings::open_segment(LaneRing& lane, const Staged& staged, std::size_t bytes, SystemTime arrival) {
  if (!lane.segments.empty()) {
    Segment& last = *lane.segments.back().segment;
    if (last.fits(bytes) && last.format() == staged.format) return &last;
  }
  if (!make_room(lane, staged.lane, SegmentPool::cost(bytes))) return nullptr;
  HeldSegment held;
  held.segment = pool_->make(bytes);
  held.segment->set_format(staged.format);
  held.ticket = ticket_;
  held.arrived = arrival;
  held.is_ready = spooling_.mode != SpoolMode::always || !disk_works_;
  lane.allocated += held.segment->allocated();
  lane.segments.push_back(std::move(held));
  return lane.segments.back().segment.get();
}

void Rings::pop(LaneRing& lane, const std::deque<HeldSegment>::iterator& at) {
  lane.allocated -= at->segment->allocated();
  if (at->is_spare()) lane.spare -= at->segment->allocated();
  lane.segments.erase(at);
}

void Rings::book(observe::Account account, std::uint8_t reason, LaneId lane, std::uint64_t records) {
  const observe::Movement movement{account, reason, lane, records};
  ledger_.apply({&movement, 1});
}

void Rings::book_drop(LaneId lane, std::uint64_t records, Drop reason) {
  if (records != 0) book(observe::Account::dropped, number_of(reason), lane, records);
}

Pending Rings::pending(LaneId id) const {
  const std::lock_guard lock(mutex_);
  const LaneRing& lane = lanes_[id];
  const bool high = lane.fresh.records > 0 && static_cast<double>(lane.allocated) >=
                                                  lane.wake.high_mark * static_cast<double>(may_hold(lane));
  return {lane.fresh.records, lane.fresh.bytes, high, lane.backlog.records};
}

namespace {

// The beginning of `rest`, at most so many records and bytes; one at least if there was none yet.
std::uint32_t part_of(const Slice& rest, std::uint32_t records, std::size_t bytes, bool any) {
  const std::uint32_t fitting = rest.segment->records_within(rest.first, bytes);
  return std::min({records, std::max(fitting, any ? 0U : 1U), rest.records()});
}

}  // namespace

void Rings::take(LaneId id, std::uint32_t records, std::size_t bytes, std::vector<Slice>& out) {
  bool room = false;
  {
    const std::lock_guard lock(mutex_);
    LaneRing& lane = lanes_[id];
    bool any = false;
    for (auto at = lane.segments.begin(); at != lane.segments.end() && records > 0;) {
      if (at->is_being_stored) {
        ++at;
        continue;
      }
      if (!at->is_ready) break;
      Slice slice = at->rest();
      if (any && !slice.goes_with(out.back())) break;
      const std::uint32_t count = part_of(slice, records, bytes, any);
      if (count == 0) break;
      at->segment->seal();
      slice.last = slice.first + count;
      const std::size_t size = slice.bytes().size();
      note_taken(lane, id, *at, count);
      lane.fresh.remove(slice);
      out.push_back(slice);
      any = true;
      records -= count;
      bytes -= std::min(bytes, size);
      if (at->is_spare()) lane.spare -= at->segment->allocated();
      at->first += count;
      if (at->first < at->segment->records()) break;
      lane.allocated -= at->segment->allocated();
      at = lane.segments.erase(at);
    }
    room = room_came();
  }
  if (room && on_room_) on_room_();
}

void Rings::note_taken(LaneRing& lane, LaneId id, const HeldSegment& held, std::uint32_t records) {
  if (held.is_stored())
    open_row(lane, id, LaneRing::fresh_rows, held.row.id);
  else if (spooling_.mode == SpoolMode::always)
    undurable_.push_back({held.ticket, held.segment, records});
}

// True: it does not know yet.
bool Rings::tell_spool() {
  if (spooling_.mode == SpoolMode::off || !on_spool_work_) return false;
  return !std::exchange(spool_is_told_, true);
}

bool Rings::arm(LaneId id, const WakeAt& wake) {
  const std::lock_guard lock(mutex_);
  LaneRing& lane = lanes_[id];
  lane.wake = wake;
  lane.woken = false;
  return is_due(lane);
}

void Rings::set_health(LaneId id, LaneHealth health) {
  bool room = false, tell = false;
  {
    const std::lock_guard lock(mutex_);
    lanes_[id].health = health;
    room = room_came();
    tell = has_spool_work(lanes_[id]) && tell_spool();
  }
  if (room && on_room_) on_room_();
  if (tell) on_spool_work_();
}

void Rings::drop_all(LaneId id, Drop reason) {
  const std::lock_guard lock(mutex_);
  LaneRing& lane = lanes_[id];
  for (auto at = lane.segments.begin(); at != lane.segments.end();) {
    if (at->is_being_stored) {
      ++at;
      continue;
    }
    const std::uint32_t records = at->rest().records();
    if (at->is_stored())
      lane.unloaded += records;
    else
      book_drop(id, records, reason);
    lane.allocated -= at->segment->allocated();
    at = lane.segments.erase(at);
  }
  lane.fresh = {};
  lane.spare = 0;
  lane.unloaded += lane.backlog.records;
  lane.backlog = {};
  lane.loaded.clear();
  lane.allocated -= std::exchange(lane.loaded_bytes, 0);
}

void Rings::leave_on_disk(LaneId id, std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  lanes_[id].unloaded += records;
}

bool Rings::holds(LaneId id) const {
  const std::lock_guard lock(mutex_);
  const LaneRing& lane = lanes_[id];
  return !lane.segments.empty() || !lane.loaded.empty() || lane.unloaded != 0;
}

bool Rings::is_safe(LaneId id) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(lanes_[id].segments, &HeldSegment::is_stored);
}

observe::Books Rings::snapshot() const {
  const std::lock_guard lock(mutex_);
  observe::Books books = ledger_.snapshot();
  books.dead_letters.stored = letters_;
  for (std::size_t id = 0; id < lanes_.size() && id < books.lanes.size(); ++id) {
    books.lanes[id].lately = lanes_[id].lately.records;
    books.lanes[id].lately_bytes = lanes_[id].lately.bytes;
    observe::Held& held = books.lanes[id].held;
    held.spool += lanes_[id].unloaded;
    for (const Slice& slice : lanes_[id].loaded) held.spool += slice.records();
    for (const HeldSegment& segment : lanes_[id].segments)
      (segment.is_stored() ? held.spool : held.memory) += segment.rest().records();
  }
  return books;
}

}  // namespace pannier::queue
