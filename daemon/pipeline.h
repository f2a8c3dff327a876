// The way of a record from a decoded line into the lanes' queues, for one intake thread: process, encode for
// each destination, stage; once a read, book and queue it all under one lock. Threads: one, but for set().
// Cost: no allocation, lock, clock or log call for a record.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "daemon/routing.h"
#include "observe/ledger.h"
#include "queue/rings.h"
#include "receive/intake.h"

namespace pannier::daemon {

// Which lane a record goes to, and how its sender is told. Implemented by Lanes and by the simulation.
class LaneDirectory {
 public:
  virtual ~LaneDirectory() = default;
  // The lane of a service (none for destinations with one lane); none where there are too many already. Any
  // thread.
  virtual std::optional<observe::LaneId> find_or_make(observe::DestinationId destination,
                                                      std::string_view service) = 0;
  // Something waits in the lane that is due. Any thread.
  virtual void wake(observe::LaneId lane) = 0;
};

class Pipeline : public receive::Intake {
 public:
  Pipeline(queue::Rings& rings, observe::Ledger& ledger, LaneDirectory& lanes,
           std::shared_ptr<const Routing> routing, std::function<SystemTime()> clock = system_now);

  // Any thread; in force from the next read on.
  void set(std::shared_ptr<const Routing> routing);

  void begin_read(observe::ListenerId listener) override;
  void take(record::Record& record, const receive::Defaults& defaults, bool again) override;
  receive::ReadEnd end_read(const receive::ReadCounts& counts) override;
  [[nodiscard]] std::span<const receive::LaneRecords> lanes_of_read() const override {
    return lanes_of_read_;
  }
  void in_doubt(std::span<const receive::LaneRecords> lanes) override;
  void limit_hit(observe::ListenerId listener, Limit limit) override;

 private:
  struct Staging {
    observe::LaneId lane = 0;
    Bytes bytes;
    std::vector<std::uint32_t> ends;
    std::uint32_t again = 0;
    std::uint8_t format = 0;
  };
  struct KnownLane {
    observe::DestinationId destination{};
    std::string service;
    observe::LaneId lane = 0;
  };
  struct Tally {  // of one destination in this read
    observe::Counters<LeftOut> left_out{};
    observe::Counters<Guarded> cardinality{};
    std::uint32_t texts_cut = 0;
    bool any = false;
  };

  void route(const Routing::Destination& destination, record::Record& record,
             const receive::Defaults& defaults, bool again);
  void take_into(observe::LaneId lane, const Routing::Destination& destination, const record::Record& record,
                 bool again);
  void tell(const Decision& decision, Tally& tally);
  std::optional<observe::LaneId> lane_for(const Routing::Destination& destination, std::string_view service);
  Staging& staging_of(observe::LaneId lane);
  Staging& doomed_staging_of(observe::LaneId lane);
  void book_listener(const receive::ReadCounts& counts);
  void book_destinations();
  void count_changed(std::uint64_t texts);
  void stage_lanes();
  void stage(const Staging& staging);
  void book(observe::Account account, std::size_t reason, std::size_t index, std::uint64_t count);
  void forget_read();

  queue::Rings& rings_;
  observe::Ledger& ledger_;
  LaneDirectory& lanes_;
  std::shared_ptr<const Routing> routing_;
  const std::function<SystemTime()> clock_;  // once a read

  std::mutex mutex_;
  std::shared_ptr<const Routing> next_routing_;  // guarded by mutex_
  std::atomic<bool> has_next_routing_{false};

  // Of the read at hand.
  observe::ListenerId listener_{};
  SystemTime arrival_{};
  Arena arena_;
  std::vector<Staging> staging_;          // by LaneId
  std::vector<observe::LaneId> touched_;  // lanes with something staged
  std::vector<Staging> doomed_;           // what is staged to be buried, for each lane; mostly none
  std::vector<receive::LaneRecords> lanes_of_read_;
  std::array<Tally, static_cast<std::size_t>(observe::DestinationId::count_)> tallies_{};
  std::vector<observe::Movement> movements_;
  std::vector<queue::Staged> staged_;
  std::vector<observe::LaneId> woken_;

  Random random_{random_seed()};  // for ids

  std::vector<KnownLane> known_;  // lanes seen on this thread
  std::size_t last_known_ = 0;
};

}  // namespace pannier::daemon
