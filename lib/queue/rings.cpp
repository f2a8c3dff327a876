#include "queue/rings.h"

#include <algorithm>

namespace pannier::queue {
namespace {

// A lane's guarantee and, while it is blocked, its limit, as parts of the memory.
constexpr std::size_t guaranteed_part = 128;
constexpr std::size_t blocked_part = 8;
// One more read of a stream should find room when streams are told to pause.
constexpr std::size_t read_bytes = 512 * 1024;

}  // namespace

Rings::Rings(std::size_t memory, observe::Ledger& ledger) : memory_(memory), ledger_(ledger) {}

void Rings::add_lane(LaneId lane) {
  const std::lock_guard lock(mutex_);
  if (lanes_.size() <= lane) lanes_.resize(lane + 1U);
}

std::size_t Rings::may_hold(const Lane& lane) const {
  const std::size_t allocated = pool_->allocated();
  const std::size_t free = memory_ > allocated ? memory_ - allocated : 0;
  // Growing while it holds less than is free ends where both are equal.
  std::size_t most = (lane.allocated + free) / 2;
  if (lane.health == LaneHealth::blocked) most = std::min(most, memory_ / blocked_part);
  return std::max(most, memory_ / guaranteed_part);
}

bool Rings::is_nearly_full(const Lane& lane) const {
  if (lane.health != LaneHealth::healthy) return false;
  const std::size_t most = may_hold(lane);
  return lane.allocated + std::min(read_bytes, most / 2) > most;
}

bool Rings::is_due(const Lane& lane) const {
  if (lane.records == 0) return false;
  if (lane.wake.first || lane.records >= lane.wake.records || lane.bytes >= lane.wake.bytes) return true;
  return lane.wake.high_mark <= 1.0 &&
         static_cast<double>(lane.allocated) >= lane.wake.high_mark * static_cast<double>(may_hold(lane));
}

bool Rings::push(std::span<const Staged> read, std::span<const observe::Movement> movements,
                 std::vector<LaneId>& woken) {
  const std::lock_guard lock(mutex_);
  ledger_.apply(movements);
  bool pause = false;
  for (const Staged& staged : read) {
    push_lane(staged);
    Lane& lane = lanes_[staged.lane];
    pause = pause || is_nearly_full(lane);
    if (!lane.woken && is_due(lane)) {
      lane.woken = true;
      woken.push_back(staged.lane);
    }
  }
  asked_to_pause_ = asked_to_pause_ || pause;
  return pause;
}

void Rings::push_lane(const Staged& staged) {
  Lane& lane = lanes_[staged.lane];
  std::size_t done = 0;
  std::uint64_t without_room = 0;
  while (done < staged.ends.size()) {
    const std::uint32_t start = done == 0 ? 0 : staged.ends[done - 1];
    Segment* segment = open_segment(lane, staged.lane, staged.ends[done] - start);
    if (segment == nullptr) {
      ++without_room;
      ++done;
      continue;
    }
    const std::size_t taken = segment->append(staged.bytes, staged.ends, done);
    done += taken;
    lane.records += taken;
    lane.bytes += staged.ends[done - 1] - start;
  }
  if (without_room > 0) book_drop(staged.lane, without_room, Drop::full);
}

// The lane's last segment if a fragment of `bytes` fits, else a new one; none where nothing can be had.
Segment* Rings::open_segment(Lane& lane, LaneId id, std::size_t bytes) {
  if (!lane.segments.empty() && lane.segments.back().segment->fits(bytes))
    return lane.segments.back().segment.get();
  if (!make_room(lane, id, SegmentPool::cost(bytes))) return nullptr;
  lane.segments.push_back({pool_->make(bytes)});
  lane.allocated += lane.segments.back().segment->allocated();
  return lane.segments.back().segment.get();
}

bool Rings::make_room(Lane& lane, LaneId id, std::size_t cost) {
  if (cost > memory_) return false;
  while (lane.allocated + cost > may_hold(lane) && !lane.segments.empty()) evict_oldest(lane, id);
  // Within its share, and yet others have taken all: the largest gives way.
  while (pool_->allocated() + cost > memory_) {
    const LaneId largest = largest_lane();
    if (lanes_[largest].segments.empty()) return false;
    evict_oldest(lanes_[largest], largest);
  }
  return true;
}

LaneId Rings::largest_lane() const {
  const auto largest = std::ranges::max_element(lanes_, {}, &Lane::allocated);
  return static_cast<LaneId>(largest - lanes_.begin());
}

void Rings::evict_oldest(Lane& lane, LaneId id) {
  const HeldSegment oldest = std::move(lane.segments.front());
  lane.segments.pop_front();
  const Slice rest{oldest.segment, oldest.first, oldest.segment->records()};
  lane.allocated -= oldest.segment->allocated();
  lane.records -= rest.records();
  lane.bytes -= rest.bytes().size();
  book_drop(id, rest.records(), Drop::full);
}

void Rings::book_drop(LaneId lane, std::uint64_t records, Drop reason) {
  const observe::Movement movement{observe::Account::dropped, static_cast<std::uint8_t>(reason), lane,
                                   records};
  ledger_.apply({&movement, 1});
}

Pending Rings::pending(LaneId id) const {
  const std::lock_guard lock(mutex_);
  const Lane& lane = lanes_[id];
  const bool high = lane.records > 0 && static_cast<double>(lane.allocated) >=
                                            lane.wake.high_mark * static_cast<double>(may_hold(lane));
  return {lane.records, lane.bytes, high};
}

void Rings::take(LaneId id, std::uint32_t records, std::size_t bytes, std::vector<Slice>& out) {
  bool room = false;
  {
    const std::lock_guard lock(mutex_);
    Lane& lane = lanes_[id];
    bool any = false;
    while (!lane.segments.empty() && records > 0) {
      HeldSegment& oldest = lane.segments.front();
      const std::uint32_t fitting = oldest.segment->records_within(oldest.first, bytes);
      const std::uint32_t count =
          std::min({records, std::max(fitting, any ? 0U : 1U), oldest.segment->records() - oldest.first});
      if (count == 0) break;
      oldest.segment->seal();
      const Slice slice{oldest.segment, oldest.first, oldest.first + count};
      const std::size_t size = slice.bytes().size();
      out.push_back(slice);
      any = true;
      records -= count;
      bytes -= std::min(bytes, size);
      lane.records -= count;
      lane.bytes -= size;
      oldest.first += count;
      if (oldest.first < oldest.segment->records()) break;
      lane.allocated -= oldest.segment->allocated();
      lane.segments.pop_front();
    }
    room = room_came();
  }
  if (room && on_room_) on_room_();
}

bool Rings::room_came() {
  if (!asked_to_pause_ ||
      std::ranges::any_of(lanes_, [this](const Lane& lane) { return is_nearly_full(lane); }))
    return false;
  asked_to_pause_ = false;
  return true;
}

bool Rings::arm(LaneId id, const WakeAt& wake) {
  const std::lock_guard lock(mutex_);
  Lane& lane = lanes_[id];
  lane.wake = wake;
  lane.woken = false;
  return is_due(lane);
}

void Rings::set_health(LaneId id, LaneHealth health) {
  bool room = false;
  {
    const std::lock_guard lock(mutex_);
    lanes_[id].health = health;
    room = room_came();
  }
  if (room && on_room_) on_room_();
}

void Rings::drop_all(LaneId id, Drop reason) {
  const std::lock_guard lock(mutex_);
  Lane& lane = lanes_[id];
  book_drop(id, lane.records, reason);
  lane.segments.clear();
  lane.allocated = lane.records = lane.bytes = 0;
}

observe::Books Rings::snapshot() const {
  const std::lock_guard lock(mutex_);
  observe::Books books = ledger_.snapshot();
  for (std::size_t id = 0; id < lanes_.size() && id < books.lanes.size(); ++id)
    for (const HeldSegment& held : lanes_[id].segments)
      books.lanes[id].held.memory += held.segment->records() - held.first;
  return books;
}

}  // namespace pannier::queue
