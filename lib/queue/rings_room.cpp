// How much a lane may hold in memory, and who gives way where nothing more fits.
#include <algorithm>

#include "queue/rings.h"

namespace pannier::queue {
namespace {

// A lane's guarantee and, while it is blocked, its limit, as parts of the memory.
constexpr std::size_t guaranteed_part = 128;
constexpr std::size_t blocked_part = 8;
// One more read of a stream should find room when streams are told to pause.
constexpr std::size_t read_bytes = 512 * 1024;

}  // namespace

std::size_t Rings::share_of(const LaneRing& lane) const {
  const std::size_t allocated = pool_->allocated();
  const std::size_t free = memory_ > allocated ? memory_ - allocated : 0;
  // Growing while it holds less than is free ends where both are equal.
  return std::max((lane.allocated + free) / 2, memory_ / guaranteed_part);
}

std::size_t Rings::may_hold(const LaneRing& lane) const {
  if (lane.health != LaneHealth::blocked) return share_of(lane);
  return std::max(std::min(share_of(lane), memory_ / blocked_part), memory_ / guaranteed_part);
}

bool Rings::disk_will_take() const {
  return spooling_.mode != SpoolMode::off && disk_works_;
}

// A lane that fails slows nobody, unless a disk that works is about to take what it has.
bool Rings::is_nearly_full(const LaneRing& lane) const {
  const bool refuses = spooling_.mode != SpoolMode::off && spooling_.when_full == WhenFull::refuse;
  if (lane.health != LaneHealth::healthy && !disk_will_take() && !refuses) return false;
  const std::size_t most = may_hold(lane);
  // What spills has its mark at half of that.
  const std::size_t margin = lane.health == LaneHealth::healthy ? std::min(read_bytes, most / 2) : most / 4;
  return lane.allocated - lane.spare + margin > most;
}

bool Rings::make_room(LaneRing& lane, LaneId id, std::size_t cost) {
  if (cost > memory_) return false;
  while (lane.allocated + cost > may_hold(lane) && forget_oldest(lane)) {
  }
  // A lane that was just blocked may hold far less than it does: a disk that works takes that in a moment.
  while (lane.allocated + cost > (disk_will_take() ? share_of(lane) : may_hold(lane)) &&
         evict_oldest(lane, id)) {
  }
  // Within its share, and yet others have taken all: the largest gives way.
  while (pool_->allocated() + cost > memory_) {
    const LaneId largest = largest_lane();
    if (!evict_oldest(lanes_[largest], largest)) return false;
  }
  return true;
}

LaneId Rings::largest_lane() const {
  const auto largest = std::ranges::max_element(lanes_, {}, &LaneRing::allocated);
  return static_cast<LaneId>(largest - lanes_.begin());
}

// What is on disk is only forgotten here, unless a part of it is out: the disk could not tell which.
bool Rings::evict_oldest(LaneRing& lane, LaneId id) {
  const auto oldest = std::ranges::find_if(lane.segments, [](const HeldSegment& held) {
    return !held.is_being_stored && (!held.is_stored() || held.is_whole());
  });
  if (oldest == lane.segments.end()) return false;
  const Slice rest = oldest->rest();
  if (oldest->may_be_taken()) lane.fresh.remove(rest);
  if (oldest->is_stored())
    lane.unloaded += rest.records();
  else
    book_drop(id, rest.records(), Drop::full);
  pop(lane, oldest);
  return true;
}

bool Rings::forget_oldest(LaneRing& lane) {
  const auto oldest =
      std::ranges::find_if(lane.segments, [](const HeldSegment& held) { return held.is_spare(); });
  if (oldest == lane.segments.end()) return false;
  const Slice rest = oldest->rest();
  lane.fresh.remove(rest);
  lane.unloaded += rest.records();
  pop(lane, oldest);
  return true;
}

void Rings::unload(LaneRing& lane, std::uint64_t bytes) {
  while (bytes > 0) {
    const std::uint64_t before = lane.fresh.bytes;
    if (!forget_oldest(lane)) return;
    bytes -= std::min(bytes, before - lane.fresh.bytes);
  }
}

bool Rings::room_came() {
  if (!asked_to_pause_ ||
      std::ranges::any_of(lanes_, [this](const LaneRing& lane) { return is_nearly_full(lane); }))
    return false;
  asked_to_pause_ = false;
  return true;
}

}  // namespace pannier::queue
