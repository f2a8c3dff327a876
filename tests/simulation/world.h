// One simulated run: the real line splitter, decoder, processing, encoder, rings, ledger, lane cores and the
// spool's core, driven by a heap of events with a hand-turned clock, against models of backend and disk; one
// daemon after another, as they are killed, stopped and started. A seed reproduces it exactly. Threads: one
// run belongs to one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "simulation/backend.h"
#include "simulation/daemon.h"
#include "simulation/disk.h"
#include "simulation/faults.h"
#include "simulation/judge.h"
#include "simulation/plan.h"
#include "simulation/sender.h"
#include "simulation/stage.h"

namespace pannier::simulation {

class World {
 public:
  // `story`: what happens is told there, step by step; none: nowhere.
  World(std::uint64_t seed, Tier tier, Hits& hits, Story* story);

  // Empty where everything was as promised; else what was not.
  std::vector<std::string> run();

 private:
  void plan_arrivals();
  void plan_flood();
  void plan_reloads();
  void plan_restarts();
  void plan_disk_trouble();
  void plan_clock_steps();
  void plan_orders();
  void plan_doomed();
  void sometime(std::function<void()> what);
  void arrive(std::size_t records);
  void start();
  void kill();
  void look_after_daemon();
  void run_until(SteadyTime end);
  void run_all();
  void come_to_rest();
  void wait_for_daemon();
  void stop_early();
  void tell_setting() const;
  [[nodiscard]] std::uint64_t dropped() const;

  Stage stage_;
  Plan plan_;
  Backend backend_;
  Disk disk_;
  Senders senders_;
  Judge judge_;
  std::unique_ptr<Daemon> daemon_;  // none: it was killed or has ended, and is not started yet
  bool is_spool_known_ = false;     // the judge knows that the spool is open
  bool is_over_ = false;            // a daemon that ends is not started again
};

}  // namespace pannier::simulation
