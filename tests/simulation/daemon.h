// One daemon of a simulated run, from its start to its end or its death: the real decoder, pipeline, ledger,
// rings, lane cores and the spool's core. What outlives it is handed in. Threads: one.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/pipeline.h"
#include "deliver/lane_core.h"
#include "observe/ledger.h"
#include "queue/rings.h"
#include "simulation/backend.h"
#include "simulation/disk.h"
#include "simulation/lane_watch.h"
#include "simulation/plan.h"
#include "simulation/sender.h"
#include "simulation/spool_hand.h"
#include "simulation/stage.h"

namespace pannier::simulation {

class Daemon : private daemon::LaneDirectory {
 public:
  Daemon(const Plan& plan, Stage& stage, Backend& backend, Disk& disk, Senders& senders);

  void reload_a_lane();
  void take_doomed();                    // records that are not to be sent, as one read
  void order(queue::LetterOrder order);  // as a person gives it
  void heal();                           // a person has mended all that is not the daemon's fault
  void stop();
  [[nodiscard]] bool is_stopping() const { return stopping_; }
  [[nodiscard]] bool has_ended() const { return ended_; }  // after stop(), regularly
  // Killed in the middle of something.
  [[nodiscard]] bool is_dead() const { return dead_ || disk_.kept().was_killed(); }

  [[nodiscard]] bool is_at_rest() const;
  [[nodiscard]] observe::Books books() const;
  [[nodiscard]] observe::Books totals() const;
  [[nodiscard]] const queue::Carried& carried() const { return *spool_->carried(); }  // REQUIRES: it is open
  [[nodiscard]] bool has_open_spool() const { return spool_ && spool_->carried(); }
  [[nodiscard]] std::uint64_t puts() const { return spool_ ? spool_->puts() : 0; }  // records
  // What is lost if it is killed now; none: its books are in the middle of a change.
  [[nodiscard]] std::optional<std::uint64_t> would_lose() const;
  void check() const;       // complains of what does not balance
  void tell_books() const;  // for the story

 private:
  struct Lane {
    std::unique_ptr<deliver::LaneCore> core;
    std::string service;
    deliver::LaneTraits traits;
    std::optional<SteadyTime> timer;
    LaneWatch watch;
    bool packs = true;  // until the backend says that it takes no gzip
  };
  std::optional<observe::LaneId> find_or_make(observe::DestinationId destination,
                                              std::string_view service) override;
  observe::LaneId make_lane(std::string_view service);
  void wake(observe::LaneId lane) override;
  SpoolHand::Hooks hooks();
  bool dies();
  void saved(const queue::PutBackDone& done);

  void tell(observe::LaneId id, const deliver::Event& event);
  void carry_out(observe::LaneId lane, const deliver::Command& command);
  void send(observe::LaneId id, deliver::BatchId batch);
  void probe(observe::LaneId id);
  void read_key(observe::LaneId id);
  void buried(observe::LaneId id, const deliver::Buried& what);
  void closed(observe::LaneId id);
  void answered(observe::LaneId id, deliver::BatchId batch, std::uint32_t records,
                const Backend::Reply& reply);
  void set_timer(observe::LaneId id, std::optional<SteadyTime> time);
  void stop_lanes(const deliver::Stop& how);
  void look_whether_finished();
  [[nodiscard]] deliver::LaneOptions random_options();
  [[nodiscard]] deliver::LaneTraits random_traits();
  void check_request(const Lane& lane, const std::vector<RecordId>& records) const;
  void check_answer(observe::LaneId id, const deliver::Judgement& judgement,
                    const observe::LaneBooks& before) const;
  void tell_request(observe::LaneId id, const deliver::Batch& batch, const std::vector<RecordId>& records,
                    const Backend::Reply& reply) const;
  void tell_answer(observe::LaneId id, deliver::BatchId batch, const deliver::Judgement& judgement,
                   std::optional<Duration> wish) const;
  void tell_state(observe::LaneId id) const;
  void check_store(const observe::Books& books) const;

  const Plan& plan_;
  Stage& stage_;
  Backend& backend_;
  Disk& disk_;
  Senders& senders_;
  Life life_ = std::make_shared<const char>();
  observe::Ledger ledger_;
  queue::Rings rings_;
  std::vector<Lane> lanes_;
  std::unique_ptr<SpoolHand> spool_;
  daemon::Pipeline pipeline_;
  std::map<std::string, std::uint64_t>
      told_late_;                      // records of batches that are on disk, not known to their lane
  std::optional<deliver::Stop> stop_;  // what the lanes were told
  bool healed_ = false, stopping_ = false, ended_ = false, dead_ = false, is_torn_ = false;
};

}  // namespace pannier::simulation
