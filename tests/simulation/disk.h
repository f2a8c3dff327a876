// What outlives a daemon: the spool's store, the memory of its counter page, and what is wrong with the disk.
// Threads: one.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "observe/counter_page.h"
#include "simulation/plan.h"
#include "simulation/stage.h"
#include "tests/queue/model_store.h"

namespace pannier::simulation {

class Disk {
 public:
  Disk(const Plan& plan, Stage& stage);

  // Ends the account of the run before and begins one.
  Result<queue::Carried> begin_run();
  void end_run();
  Result<queue::Applied> apply(const queue::Transaction& transaction);
  [[nodiscard]] Duration delay();  // of one access
  void power_cut();
  void fail_for(Duration time);
  void damage_a_row();
  void heal();

  [[nodiscard]] queue::ModelStore& store() { return store_; }
  [[nodiscard]] observe::CounterPage* page() { return page_.get(); }
  [[nodiscard]] bool has_failed() const { return has_failed_; }    // or was slow
  [[nodiscard]] bool began_twice() const { return began_twice_; }  // the last run, for the first was killed
  [[nodiscard]] bool has_damage() const { return has_damage_; }

 private:
  std::optional<Error> access();
  void write_page_back() { page_on_disk_ = page_memory_; }

  const Plan& plan_;
  Stage& stage_;
  queue::ModelStore store_;
  std::vector<std::uint64_t> page_memory_, page_on_disk_;
  std::unique_ptr<observe::CounterPage> page_;
  std::uint64_t run_ = 0, boot_ = 1;
  SteadyTime fails_until_{};
  bool well_ = false, has_failed_ = false, has_damage_ = false, began_twice_ = false;
};

}  // namespace pannier::simulation
