// The queues of all lanes in memory: a ring of segments for each, bounded together by `memory`.
// Intake threads push a whole read under one lock; T2 takes what it sends now; T3, where there is a spool,
// collects what is to go to disk and hands back what it reads from there. What waits here can be evicted: the
// oldest of a lane gives way where nothing more fits; what is on disk is only forgotten here, the rest is
// booked as dropped(full). What was taken never is evicted. Shares: a lane is guaranteed memory/128; above
// that it may grow while it holds less than is still free, a blocked one to memory/8. What is counted is what
// was allocated, segments of taken batches too. Threads: as each member says; one mutex. Cost: a lock and a
// copy of the bytes a push.
//
// With a spool: in mode overflow a lane that holds more than its mark has its oldest segments collected; once
// they are on disk they are forgotten here. In mode always every push is collected, and T2 may take it once
// it is on disk, or at once while the disk fails (undurable).
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
#include "queue/lane_ring.h"
#include "queue/options.h"
#include "queue/store.h"

namespace pannier::queue {

// The records of one read for one lane: fragments one behind the other; ends[i] is where the i-th ends.
struct Staged {
  LaneId lane = 0;
  std::string_view bytes;
  std::span<const std::uint32_t> ends;
  std::uint8_t format = 0;  // as Segment's
};

struct Pushed {
  bool pause = false;        // a lane is nearly full: streams should pause
  std::uint64_t ticket = 0;  // accounted for as soon as accounted() says so; 0: already
};

struct Pending {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;    // of fragments
  bool high = false;          // at WakeAt's high mark
  std::uint64_t backlog = 0;  // records read back from the spool
};

// A segment on its way to disk; `slice.row` is filled in by the spool's core.
struct ToStore {
  LaneId lane = 0;
  Slice slice;
  bool unload = false;  // to be forgotten here once it is on disk
};

class Rings {
 public:
  struct Spooling {
    SpoolMode mode = SpoolMode::off;
    WhenFull when_full = WhenFull::drop_oldest;
  };
  Rings(std::size_t memory, observe::Ledger& ledger);
  Rings(std::size_t memory, observe::Ledger& ledger, Spooling spooling);

  // Any thread, once for each lane, before its first push.
  void add_lane(LaneId lane, std::string name = {});

  // Intake threads. Books `movements` (the read's acceptances), queues, books evictions: all before anybody
  // can see it. Adds lanes that wait for this to `woken`.
  Pushed push(std::span<const Staged> read, std::span<const observe::Movement> movements, SystemTime arrival,
              std::vector<LaneId>& woken);

  // T2 only, for one lane each:
  [[nodiscard]] Pending pending(LaneId id) const;
  // Moves the oldest records out, at most so many and so many bytes, all that go together, but one at least
  // if there is one.
  void take(LaneId id, std::uint32_t records, std::size_t bytes, std::vector<Slice>& out);
  // The same of what was read back from the spool.
  void take_backlog(LaneId id, std::uint32_t records, std::size_t bytes, std::vector<Slice>& out);
  // Sets when to be woken next. True: that moment is here already and there will be no call.
  bool arm(LaneId id, const WakeAt& wake);
  void set_health(LaneId id, LaneHealth health);
  // Gives up all that waits in the lane: what is on disk stays there, the rest is booked as dropped for this
  // reason.
  void drop_all(LaneId id, Drop reason);
  // Records on disk that were taken and will not be finished in this run: the disk alone holds them again.
  void leave_on_disk(LaneId id, std::uint64_t records);
  // The lane's end: of the rows that were taken and are not finished, these (sorted) were not sent. The
  // others may have been, or their ends are not committed yet. Nothing is read back for it any more.
  void end(LaneId id, std::span<const RowId> unsent);
  // Something waits in the lane: in memory, taken by nobody, or on disk.
  [[nodiscard]] bool holds(LaneId id) const;
  // Nothing waits in the lane that is in memory only.
  [[nodiscard]] bool is_safe(LaneId id) const;

  // T2: called (outside the lock) when streams that pause have room again.
  void on_room(std::function<void()> callback) { on_room_ = std::move(callback); }
  // T3 or before it starts, outside the lock: whether the disk works, where that has changed.
  void on_disk(std::function<void(bool works)> callback) { on_disk_ = std::move(callback); }
  // Any thread, outside the lock: there is something to collect or to read back.
  void on_spool_work(std::function<void()> callback) { on_spool_work_ = std::move(callback); }

  // T3 only (rings_spool.cpp, rings_backlog.cpp):
  struct Collect {
    bool all = false;  // whatever waits, to stay in memory too
    std::size_t bytes = 0;
  };
  // Oldest first, lane by lane, `bytes` at most, but one segment at least if there is one to be stored. Until
  // stored() or not_stored() nobody takes or evicts it.
  void collect(const Collect& what, std::vector<ToStore>& out);
  void stored(std::span<const ToStore> segments, std::vector<LaneId>& woken);
  void not_stored(std::span<const ToStore> segments);
  // False: the disk fails. In mode always what waits may be sent all the same, counted as undurable.
  void set_disk_works(bool works, std::vector<LaneId>& woken);
  // A lane that was carried in: so many records lie on disk.
  void carry_in(LaneId id, std::uint64_t records);
  // What should be read back now; `next_row`: above all rows that are on disk.
  struct Wish {
    LaneId lane = 0;
    RowsOf rows;
    std::size_t bytes = 0;
  };
  void wishes(RowId next_row, std::vector<Wish>& out) const;
  // Damaged rows are booked as dropped(corrupt).
  void loaded(LaneId id, const Loaded& loaded, std::vector<LaneId>& woken);
  // Rows of the lane that only the disk holds, for making room there. Where there are none, the oldest stored
  // segments are forgotten here.
  [[nodiscard]] RowsOf rows_to_remove(LaneId id, RowId next_row, std::uint64_t bytes);
  [[nodiscard]] RowsOf rows_on_disk_only(LaneId id, RowId next_row) const;
  // So many of them are left there: a damaged spool has lost the others. Books.
  void left_on_disk(LaneId id, std::uint64_t records);
  [[nodiscard]] std::size_t lanes() const;
  void removed_from_disk(LaneId id, std::uint64_t records, Drop reason);  // that only the disk held; books
  void doubt(LaneId id, RowId row);               // at the end: it may have been sent, whatever end() said
  void put_back(LaneId id, const Slice& stored);  // of a batch, which may be sent yet
  // Dead letters. What the spool holds of them is counted here beside what moves: those of an earlier run,
  // those that come (T2), those that go; the last two book.
  void carry_in_letters(std::uint64_t records);
  void buried(std::uint64_t records);
  void purged(Purge reason, std::uint64_t records);
  void replayed(LaneId id, std::uint64_t records);  // they are rows of the lane now
  [[nodiscard]] std::vector<observe::DestinationId> destinations_on() const {
    return ledger_.destinations_on();
  }
  void finished(LaneId id, std::span<const RowId> rows);    // their last records, committed
  [[nodiscard]] std::string_view name_of(LaneId id) const;  // lives as long as the rings
  // Reads up to this ticket are accounted for: on disk in every lane, or finished.
  [[nodiscard]] std::uint64_t accounted();
  // Something was taken undurable when that was asked last: its end will come without a word to the spool.
  [[nodiscard]] bool awaits_ends() const;
  void attach(observe::CounterPage* page);             // where to mark what is open
  void hold_still(const std::function<void()>& work);  // nobody changes the page meanwhile

  // The ledger's books with held.memory and held.spool as counted here, in one consistent moment.
  [[nodiscard]] observe::Books snapshot() const;
  [[nodiscard]] std::size_t allocated() const { return pool_->allocated(); }
  [[nodiscard]] std::size_t memory() const { return memory_; }
  [[nodiscard]] SegmentPool& pool() { return *pool_; }
  [[nodiscard]] SpoolMode mode() const { return spooling_.mode; }

 private:
  struct Undurable {  // was taken, or may be, although it is on no disk
    std::uint64_t ticket = 0;
    std::weak_ptr<Segment> segment;
    std::uint32_t records = 0;  // of it, that were not put back
  };
  bool push_lane(const Staged& staged, SystemTime arrival);
  Segment* open_segment(LaneRing& lane, const Staged& staged, std::size_t bytes, SystemTime arrival);
  bool make_room(LaneRing& lane, LaneId id, std::size_t cost);
  bool evict_oldest(LaneRing& lane, LaneId id);
  bool forget_oldest(LaneRing& lane);  // of what is on disk as a whole
  void pop(LaneRing& lane, const std::deque<HeldSegment>::iterator& at);
  LaneId largest_lane() const;
  [[nodiscard]] static RowsOf rows_on_disk_only(const LaneRing& lane, RowId next_row);
  [[nodiscard]] std::size_t share_of(const LaneRing& lane) const;
  [[nodiscard]] std::size_t may_hold(const LaneRing& lane) const;
  [[nodiscard]] bool disk_will_take() const;
  [[nodiscard]] bool is_nearly_full(const LaneRing& lane) const;
  [[nodiscard]] bool is_due(const LaneRing& lane) const;
  [[nodiscard]] std::size_t spill_mark(const LaneRing& lane) const;
  [[nodiscard]] bool wants_reading(const LaneRing& lane) const;
  [[nodiscard]] bool has_spool_work(const LaneRing& lane) const;
  void collect_lane(LaneId id, bool all, std::size_t& left, std::vector<ToStore>& out);
  void make_ready(LaneRing& lane, LaneId id);
  void unload(LaneRing& lane, std::uint64_t bytes);
  [[nodiscard]] RowsOf rows_of(const LaneRing& lane, RowId next_row) const;
  void wake_if_due(LaneId id, std::vector<LaneId>& woken);
  static void forget_first_loaded(LaneRing& lane);
  void open_row(LaneRing& lane, LaneId id, LaneRing::Window window, RowId row);
  void mark(const LaneRing& lane, LaneId id, std::size_t window) const;
  HeldSegment* find(const ToStore& wanted);
  bool room_came();
  bool tell_spool();
  void note_taken(LaneRing& lane, LaneId id, const HeldSegment& held, std::uint32_t records);
  void book(observe::Account account, std::uint8_t reason, LaneId lane, std::uint64_t records);
  void book_drop(LaneId lane, std::uint64_t records, Drop reason);

  const std::size_t memory_;
  const Spooling spooling_;
  observe::Ledger& ledger_;
  std::shared_ptr<SegmentPool> pool_ = std::make_shared<SegmentPool>();
  std::function<void()> on_room_, on_spool_work_;
  std::function<void(bool)> on_disk_;
  mutable std::mutex mutex_;     // taken before the ledger's
  std::deque<LaneRing> lanes_;   // guarded by mutex_; by LaneId; names stay where they are
  bool asked_to_pause_ = false;  // guarded by mutex_, as all below
  bool disk_works_ = true;
  bool spool_is_told_ = false;
  std::uint64_t ticket_ = 0;
  std::vector<Undurable> undurable_;
  observe::CounterPage* page_ = nullptr;
  std::uint64_t letters_ = 0;  // records
};

}  // namespace pannier::queue
