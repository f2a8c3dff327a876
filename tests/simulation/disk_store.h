// What a disk of the simulation keeps the spool in, and what judge and plan ask of it beside the daemon. Tier
// A: a model that is as a store should be; tier B: the product's own store on files in memory. User: Disk.
// Threads: one.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/store.h"
#include "simulation/plan.h"
#include "simulation/stage.h"

namespace pannier::simulation {

class DiskStore {
 public:
  virtual ~DiskStore() = default;

  // A daemon's time with it: from open() to close(), or to a kill().
  virtual Result<void> open() = 0;
  [[nodiscard]] virtual queue::Store& store() = 0;  // REQUIRES: it is open
  // Told what came of a run's beginning, and of each transaction.
  virtual void began(bool is_committed) = 0;
  virtual void applied(bool is_committed) = 0;
  // False: something went wrong, so that a power cut may take more than nothing.
  virtual bool close() = 0;
  virtual void kill() = 0;
  virtual Result<void> open_again() = 0;  // after a kill
  virtual void power_cut() = 0;
  [[nodiscard]] virtual bool was_killed() const = 0;  // in the middle of a call, and nobody took note yet
  // A transaction failed, and none passed since: it may be there for who opens the file next.
  [[nodiscard]] virtual bool is_uncertain() const = 0;
  // What a quiet moment is used for.
  virtual void tidy() = 0;

  virtual void fail_for(Duration time) = 0;
  virtual void heal() = 0;
  virtual bool damage_a_row() = 0;  // false: there is none
  [[nodiscard]] virtual bool has_failed() const = 0;

  // Records that are not finished; none: what the file holds is open since a transaction failed.
  virtual std::optional<std::uint64_t> records_of(const std::string& lane) = 0;
  virtual observe::Books totals() = 0;              // with the dead letters that are stored
  virtual std::vector<std::string> contents() = 0;  // of each row
};

std::unique_ptr<DiskStore> make_model_disk(const Plan& plan, Stage& stage);
std::unique_ptr<DiskStore> make_sqlite_disk(const Plan& plan, Stage& stage);

}  // namespace pannier::simulation
