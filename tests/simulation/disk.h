// What outlives a daemon: the spool's store, the memory of its counter page, and what is wrong with the disk.
// Threads: one.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "observe/counter_page.h"
#include "simulation/disk_store.h"
#include "simulation/plan.h"
#include "simulation/stage.h"

namespace pannier::simulation {

class Disk {
 public:
  Disk(const Plan& plan, Stage& stage);

  // Ends the account of the run before and begins one.
  Result<queue::Carried> begin_run();
  void end_run();
  void kill();  // the daemon is gone
  Result<queue::Applied> apply(const queue::Transaction& transaction);
  [[nodiscard]] Duration delay();  // of one access
  void power_cut();
  void fail_for(Duration time);
  void damage_a_row();
  void heal();

  [[nodiscard]] queue::Store& store() { return store_->store(); }  // REQUIRES: a run is begun
  [[nodiscard]] DiskStore& kept() { return *store_; }
  [[nodiscard]] observe::CounterPage* page() { return page_.get(); }
  [[nodiscard]] bool has_failed() const { return was_slow_ || store_->has_failed(); }  // or was slow
  // Whether the last run's account was begun, or ended, is not certain.
  [[nodiscard]] bool is_in_doubt() const { return is_in_doubt_; }
  // It was not of the one before the run that was begun last.
  [[nodiscard]] bool was_in_doubt() const { return was_in_doubt_; }
  [[nodiscard]] bool has_damage() const { return has_damage_; }

 private:
  Result<queue::Carried> begin_account();
  [[nodiscard]] std::string boot_name() const { return "boot " + std::to_string(boot_); }
  void write_page_back() { page_on_disk_ = page_memory_; }

  const Plan& plan_;
  Stage& stage_;
  std::unique_ptr<DiskStore> store_;
  std::vector<std::uint64_t> page_memory_, page_on_disk_;
  std::unique_ptr<observe::CounterPage> page_;
  std::uint64_t run_ = 0, boot_ = 1;
  bool is_well_ = false, was_slow_ = false, has_damage_ = false;
  bool is_in_doubt_ = false, was_in_doubt_ = false;
};

}  // namespace pannier::simulation
