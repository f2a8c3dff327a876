// One simulated run: the real line splitter, decoder, processing, encoder, rings, ledger and lane cores,
// driven by a heap of events with a hand-turned clock, against a model of the backend. A seed reproduces it
// exactly. Threads: one run belongs to one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "daemon/pipeline.h"
#include "deliver/lane_core.h"
#include "observe/ledger.h"
#include "queue/rings.h"
#include "receive/session.h"
#include "simulation/backend.h"
#include "simulation/faults.h"
#include "simulation/sender.h"

namespace pannier::simulation {

class World : private daemon::LaneDirectory {
 public:
  // `story`: print what happens, step by step.
  World(std::uint64_t seed, Hits& hits, bool story);

  // Empty where everything was as promised; else what was not.
  std::vector<std::string> run();

 private:
  struct Lane {
    std::unique_ptr<deliver::LaneCore> core;
    std::string service;
    std::optional<SteadyTime> timer;
    SteadyTime not_before{};  // the backend asked to be left alone until then
    std::uint32_t open = 0;   // requests
    bool packs = true;        // until the backend says that it takes no gzip
  };
  struct Event {
    SteadyTime at;
    std::uint64_t order;
    std::function<void()> what;
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  std::optional<observe::LaneId> find_or_make(observe::DestinationId destination,
                                              std::string_view service) override;
  void wake(observe::LaneId lane) override;

  void plan_arrivals();
  void plan_reloads();
  void at(SteadyTime when, std::function<void()> what);
  void run_until(SteadyTime end);
  void arrive(std::size_t records);
  void tell(observe::LaneId lane, const deliver::Event& event);
  void carry_out(observe::LaneId lane, const deliver::Command& command);
  void send(observe::LaneId lane, deliver::BatchId batch);
  void answered(observe::LaneId lane, deliver::BatchId batch, std::uint32_t records,
                const Backend::Reply& reply);
  void set_timer(observe::LaneId lane, std::optional<SteadyTime> time);
  void reload(observe::LaneId lane);
  void come_to_rest();
  void stop_early();
  [[nodiscard]] bool is_at_rest() const;
  [[nodiscard]] deliver::LaneOptions random_options();

  observe::Books books() const;
  void check_balance();
  void check_lane(observe::LaneId lane);
  void check_end(bool stopped);
  void check_records(bool stopped);
  void complain(std::string what);
  void tell_story(const std::string& what) const;

  std::uint64_t seed_;
  Hits& hits_;
  bool story_;
  Random random_;
  FaultSet faults_;
  Backend backend_;
  observe::Ledger ledger_;
  queue::Rings rings_;
  std::vector<Lane> lanes_;
  std::size_t most_lanes_;
  daemon::Pipeline pipeline_;
  Senders senders_;

  SteadyTime now_{std::chrono::hours(1)};
  std::uint64_t order_ = 0;
  std::priority_queue<Event> events_;
  bool healed_ = false, stopped_ = false;
  std::vector<std::string> complaints_;
};

}  // namespace pannier::simulation
