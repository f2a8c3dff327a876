// The queues of all lanes in memory: a ring of segments for each, bounded together by `memory`.
// Intake threads push a whole read under one lock; T2 takes what it sends now. What waits here can be
// evicted: the oldest of a lane gives way where nothing more fits, and is booked as dropped(full). What was
// taken never is. Shares: a lane is guaranteed memory/128; above that it may grow while it holds less than is
// still free, a blocked one to memory/8. What is counted is what was allocated, segments of taken batches
// too. Threads: as each member says; one mutex. Cost: a lock and a copy of the bytes a push.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "base/reasons.h"
#include "observe/ledger.h"
#include "queue/segment.h"

namespace pannier::queue {

using observe::LaneId;

enum class LaneHealth : std::uint8_t { healthy, failing, blocked };

// The records of one read for one lane: fragments one behind the other; ends[i] is where the i-th ends.
struct Staged {
  LaneId lane = 0;
  std::string_view bytes;
  std::span<const std::uint32_t> ends;
};

// When T2 wants to be woken for a lane: at its first record, or when so much waits.
struct WakeAt {
  bool first = true;
  std::uint64_t records = ~0ULL;
  std::uint64_t bytes = ~0ULL;  // of fragments
  double high_mark = 2.0;       // part of what the lane may hold; above 1: never
};

struct Pending {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of fragments
  bool high = false;        // at WakeAt's high mark
};

class Rings {
 public:
  Rings(std::size_t memory, observe::Ledger& ledger);

  // Any thread, once for each lane, before its first push.
  void add_lane(LaneId lane);

  // Intake threads. Books `movements` (the read's acceptances), queues, books evictions: all before anybody
  // can see it. Adds lanes that wait for this to `woken`. True: a healthy lane is nearly full, streams should
  // pause.
  bool push(std::span<const Staged> read, std::span<const observe::Movement> movements,
            std::vector<LaneId>& woken);

  // T2 only, for one lane each:
  [[nodiscard]] Pending pending(LaneId id) const;
  // Moves the oldest records out, at most so many and so many bytes, but one at least if there is one.
  void take(LaneId id, std::uint32_t records, std::size_t bytes, std::vector<Slice>& out);
  // Sets when to be woken next. True: that moment is here already and there will be no call.
  bool arm(LaneId id, const WakeAt& wake);
  void set_health(LaneId id, LaneHealth health);
  // Gives up all that waits in the lane: booked as dropped for this reason.
  void drop_all(LaneId id, Drop reason);

  // T2: called (outside the lock, from take) when streams that pause have room again.
  void on_room(std::function<void()> callback) { on_room_ = std::move(callback); }

  // The ledger's books with held.memory as counted here, segment by segment, in one consistent moment.
  [[nodiscard]] observe::Books snapshot() const;
  [[nodiscard]] std::size_t allocated() const { return pool_->allocated(); }
  [[nodiscard]] std::size_t memory() const { return memory_; }

 private:
  struct HeldSegment {
    SegmentPtr segment;
    std::uint32_t first = 0;  // records before it were taken
  };
  struct Lane {
    std::deque<HeldSegment> segments;  // oldest first; only the last may be open
    std::size_t allocated = 0;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    LaneHealth health = LaneHealth::healthy;
    WakeAt wake;
    bool woken = false;
  };

  void push_lane(const Staged& staged);
  Segment* open_segment(Lane& lane, LaneId id, std::size_t bytes);
  bool make_room(Lane& lane, LaneId id, std::size_t cost);
  void evict_oldest(Lane& lane, LaneId id);
  LaneId largest_lane() const;
  [[nodiscard]] std::size_t may_hold(const Lane& lane) const;
  [[nodiscard]] bool is_nearly_full(const Lane& lane) const;
  [[nodiscard]] bool is_due(const Lane& lane) const;
  bool room_came();
  void book_drop(LaneId lane, std::uint64_t records, Drop reason);

  const std::size_t memory_;
  observe::Ledger& ledger_;
  std::shared_ptr<SegmentPool> pool_ = std::make_shared<SegmentPool>();
  std::function<void()> on_room_;
  mutable std::mutex mutex_;     // taken before the ledger's
  std::vector<Lane> lanes_;      // guarded by mutex_; by LaneId
  bool asked_to_pause_ = false;  // guarded by mutex_
};

}  // namespace pannier::queue
