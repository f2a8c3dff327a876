#include "simulation/disk.h"

#include <span>
#include <utility>

namespace pannier::simulation {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t page_lanes = 12;
// Of accesses, while the disk is said to be so.
constexpr double is_slow = 0.1;
// Of transactions: the kernel writes the page back now and then.
constexpr double page_is_written = 0.1;

std::span<std::byte> bytes_of(std::vector<std::uint64_t>& memory) {
  return std::as_writable_bytes(std::span(memory));
}

}  // namespace

Disk::Disk(const Plan& plan, Stage& stage)
    : plan_(plan),
      stage_(stage),
      store_(plan.tier == Tier::model ? make_model_disk(plan, stage) : make_sqlite_disk(plan, stage)),
      page_memory_(observe::CounterPage::bytes_for(page_lanes) / 8 + 1, 0) {
  page_on_disk_ = page_memory_;
}

void Disk::fail_for(Duration time) {
  store_->fail_for(time);
}

Duration Disk::delay() {
  if (is_well_ || !plan_.faults.has(Fault::disk_slow) || !stage_.chance(is_slow))
    return stage_.up_to(milliseconds(10));
  stage_.hits.hit(Fault::disk_slow);
  was_slow_ = true;
  return stage_.up_to(milliseconds(stage_.chance(0.1) ? 20'000 : 2000));
}

Result<queue::Carried> Disk::begin_run() {
  if (const auto opened = store_->open(); !opened) return opened.error();
  auto carried = begin_account();
  store_->began(carried.has_value());
  if (!carried) {
    is_in_doubt_ = true;
    store_->close();
    return carried;
  }
  was_in_doubt_ = std::exchange(is_in_doubt_, false);
  page_.reset();
  page_ = std::make_unique<observe::CounterPage>(bytes_of(page_memory_), run_, boot_name());
  return carried;
}

Result<queue::Carried> Disk::begin_account() {
  const auto last = observe::CounterPage::read(bytes_of(page_memory_));
  if (stage_.kills_here(0.1)) {
    stage_.hits.hit(Fault::killed_at_start);
    is_in_doubt_ = true;
    // One that was killed before its page was begun: it had accepted nothing.
    (void)store().begin_run(++run_, boot_name(), last);
    if (const auto again = store_->open_again(); !again) return again.error();
  }
  return store().begin_run(++run_, boot_name(), last);
}

void Disk::end_run() {
  const auto ended = store().end_run(page_->contents());
  const bool is_clean = store_->close();
  is_in_doubt_ = !ended || !is_clean;
}

void Disk::kill() {
  is_in_doubt_ = is_in_doubt_ || store_->was_killed() || store_->is_uncertain();
  store_->kill();
}

Result<queue::Applied> Disk::apply(const queue::Transaction& transaction) {
  auto applied = store().apply(transaction);
  store_->applied(applied.has_value());
  if (stage_.chance(page_is_written)) write_page_back();
  return applied;
}

void Disk::power_cut() {
  stage_.hits.hit(Fault::power_cut);
  ++boot_;
  store_->power_cut();
  page_.reset();
  page_memory_ = stage_.chance(0.2) ? std::vector<std::uint64_t>(page_memory_.size(), 0) : page_on_disk_;
}

void Disk::damage_a_row() {
  if (!store_->damage_a_row()) return;
  stage_.hits.hit(Fault::damaged_row);
  has_damage_ = true;
}

void Disk::heal() {
  is_well_ = true;
  store_->heal();
}

}  // namespace pannier::simulation
