#include "simulation/disk.h"

#include <iterator>
#include <span>

namespace pannier::simulation {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t page_lanes = 12;
// Of accesses, while the disk is said to be so.
constexpr double fails_once = 0.01, is_slow = 0.1;
// The kernel writes the page back now and then; SQLite's log is synced by a checkpoint.
constexpr double page_is_written = 0.1, log_is_synced = 0.1;

std::span<std::byte> bytes_of(std::vector<std::uint64_t>& memory) {
  return std::as_writable_bytes(std::span(memory));
}

}  // namespace

Disk::Disk(const Plan& plan, Stage& stage)
    : plan_(plan), stage_(stage), page_memory_(observe::CounterPage::bytes_for(page_lanes) / 8 + 1, 0) {
  page_on_disk_ = page_memory_;
  store_.on_access([this] { return access(); });
}

std::optional<Error> Disk::access() {
  if (well_) return std::nullopt;
  const bool once = plan_.faults.has(Fault::disk_fails) && stage_.chance(fails_once);
  if (!once && stage_.now() >= fails_until_) return std::nullopt;
  stage_.hits.hit(Fault::disk_fails);
  has_failed_ = true;
  return Error{ErrorCode::io, "spool: no space left on device"};
}

void Disk::fail_for(Duration time) {
  fails_until_ = stage_.now() + time;
}

Duration Disk::delay() {
  if (well_ || !plan_.faults.has(Fault::disk_slow) || !stage_.chance(is_slow))
    return stage_.up_to(milliseconds(10));
  stage_.hits.hit(Fault::disk_slow);
  has_failed_ = true;
  return stage_.up_to(milliseconds(stage_.chance(0.1) ? 20'000 : 2000));
}

Result<queue::Carried> Disk::begin_run() {
  if (auto error = access()) return *error;
  const auto last = observe::CounterPage::read(bytes_of(page_memory_));
  const auto boot = "boot " + std::to_string(boot_);
  began_twice_ = stage_.kills_here(0.1);
  if (began_twice_) {
    stage_.hits.hit(Fault::killed_at_start);
    // One that was killed before its page was begun: it had accepted nothing.
    (void)store_.begin_run(++run_, boot, last);
  }
  auto carried = store_.begin_run(++run_, boot, last);
  page_.reset();
  page_ = std::make_unique<observe::CounterPage>(bytes_of(page_memory_), run_, boot);
  return carried;
}

void Disk::end_run() {
  (void)store_.end_run(page_->contents());
}

Result<queue::Applied> Disk::apply(const queue::Transaction& transaction) {
  auto applied = store_.apply(transaction);
  if (applied && (plan_.spool.survives == queue::Survives::power || stage_.chance(log_is_synced)))
    store_.sync();
  if (stage_.chance(page_is_written)) write_page_back();
  return applied;
}

void Disk::power_cut() {
  stage_.hits.hit(Fault::power_cut);
  ++boot_;
  store_.power_cut();
  page_.reset();
  page_memory_ = stage_.chance(0.2) ? std::vector<std::uint64_t>(page_memory_.size(), 0) : page_on_disk_;
}

void Disk::damage_a_row() {
  const auto& rows = store_.rows();
  if (rows.empty()) return;
  const auto row = std::next(rows.begin(), static_cast<std::ptrdiff_t>(stage_.random.below(rows.size())));
  stage_.hits.hit(Fault::damaged_row);
  has_damage_ = true;
  store_.damage(row->first);
}

void Disk::heal() {
  well_ = true;
}

}  // namespace pannier::simulation
