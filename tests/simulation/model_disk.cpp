// Tier A: the model of a store. A transaction fails as a whole, or is there.
#include <iterator>

#include "simulation/disk_store.h"
#include "tests/queue/model_store.h"

namespace pannier::simulation {
namespace {

// Of accesses, while the disk is said to be so.
constexpr double fails_once = 0.01;
// SQLite's log is synced by a checkpoint.
constexpr double log_is_synced = 0.1;

class ModelDisk : public DiskStore {
 public:
  ModelDisk(const Plan& plan, Stage& stage) : plan_(plan), stage_(stage) {
    store_.on_access([this] { return access(); });
  }

  Result<void> open() override {
    if (auto error = access()) return *error;
    return {};
  }
  queue::Store& store() override { return store_; }
  void began(bool) override {}
  void applied(bool is_committed) override {
    if (is_committed && (plan_.spool.survives == queue::Survives::power || stage_.chance(log_is_synced)))
      store_.sync();
  }
  bool close() override { return true; }
  void kill() override {}
  Result<void> open_again() override { return {}; }
  [[nodiscard]] bool is_uncertain() const override { return false; }
  void power_cut() override { store_.power_cut(); }
  [[nodiscard]] bool was_killed() const override { return false; }
  void tidy() override {}

  void fail_for(Duration time) override { fails_until_ = stage_.now() + time; }
  void heal() override { is_well_ = true; }
  bool damage_a_row() override {
    const auto& rows = store_.rows();
    if (rows.empty()) return false;
    const auto place = static_cast<std::ptrdiff_t>(stage_.random.below(rows.size()));
    store_.damage(std::next(rows.begin(), place)->first);
    return true;
  }
  [[nodiscard]] bool has_failed() const override { return has_failed_; }

  std::optional<std::uint64_t> records_of(const std::string& lane) override {
    return store_.records_of(lane);
  }
  observe::Books totals() override {
    observe::Books totals = store_.totals();
    totals.dead_letters.stored = store_.letters_held();
    return totals;
  }
  std::vector<std::string> contents() override {
    std::vector<std::string> all;
    for (const auto& [id, row] : store_.rows()) all.push_back(*row.bytes);
    return all;
  }

 private:
  std::optional<Error> access() {
    if (is_well_) return std::nullopt;
    const bool once = plan_.faults.has(Fault::disk_fails) && stage_.chance(fails_once);
    if (!once && stage_.now() >= fails_until_) return std::nullopt;
    stage_.hits.hit(Fault::disk_fails);
    has_failed_ = true;
    return Error{ErrorCode::io, "spool: no space left on device"};
  }

  const Plan& plan_;
  Stage& stage_;
  queue::ModelStore store_;
  SteadyTime fails_until_{};
  bool is_well_ = false, has_failed_ = false;
};

}  // namespace

std::unique_ptr<DiskStore> make_model_disk(const Plan& plan, Stage& stage) {
  return std::make_unique<ModelDisk>(plan, stage);
}

}  // namespace pannier::simulation
