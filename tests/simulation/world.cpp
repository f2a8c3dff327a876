#include "simulation/world.h"

#include <exception>

namespace pannier::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto busy_time = std::chrono::minutes(4);
constexpr auto longest_recovery = std::chrono::hours(12);
constexpr auto longest_end = std::chrono::minutes(2);

}  // namespace

World::World(std::uint64_t seed, Tier tier, Hits& hits, Story* story)
    : stage_(seed, hits, story),
      plan_(make_plan(tier, stage_.random)),
      backend_(plan_.faults, stage_.random, hits),
      disk_(plan_, stage_),
      senders_(plan_.faults, stage_),
      judge_(plan_, stage_, backend_, disk_, senders_) {
  if (plan_.has_spool() && plan_.faults.has(Fault::kill))
    stage_.kills_left = 1 + static_cast<int>(stage_.random.below(4));
  if (plan_.faults.has(Fault::small_memory)) hits.hit(Fault::small_memory);
  tell_setting();
}

void World::tell_setting() const {
  if (!stage_.is_told()) return;
  static constexpr std::array<const char*, 3> modes{"overflow", "always", "off"};
  const queue::SpoolOptions& spool = plan_.spool;
  stage_.tell("settings: spool.mode ", modes[static_cast<std::size_t>(spool.mode)], ", survives ",
              spool.survives == queue::Survives::power ? "power" : "kill", ", when_full ",
              spool.when_full == queue::WhenFull::refuse ? "refuse" : "drop_oldest", ", spool.bytes ",
              spool.bytes, ", memory ", plan_.memory);
  std::string faults;
  for (std::size_t i = 0; i < fault_count; ++i)
    if (plan_.faults.has(static_cast<Fault>(i))) faults.append(" ").append(name(static_cast<Fault>(i)));
  stage_.tell("what may go wrong in this run:", faults.empty() ? " nothing" : faults);
}

// ---- what is going to happen

void World::sometime(std::function<void()> what) {
  stage_.at(stage_.now() + milliseconds(stage_.random.below(milliseconds(busy_time).count())),
            std::move(what));
}

void World::plan_arrivals() {
  Random& random = stage_.random;
  const std::size_t bursts = 5 + random.below(40);
  for (std::size_t i = 0; i < bursts; ++i) {
    const std::size_t records = random.below(4) == 0 ? 1 + random.below(60) : 1 + random.below(5);
    sometime([this, records] { arrive(records); });
  }
  if (!plan_.faults.has(Fault::overload) && !plan_.faults.has(Fault::small_memory)) return;
  for (int i = 0; i < 3; ++i) sometime([this] { arrive(500); });
}

// Of a spool that nothing fills nobody knows whether it is bounded.
void World::plan_flood() {
  if (!plan_.has_spool() || !plan_.faults.has(Fault::spool_full) || !stage_.chance(0.3)) return;
  for (int i = 0; i < 5; ++i) sometime([this] { arrive(600); });
}

void World::plan_reloads() {
  if (!plan_.faults.has(Fault::reload)) return;
  for (int i = 0; i < 4; ++i)
    sometime([this] {
      if (daemon_) daemon_->reload_a_lane();
    });
}

void World::plan_restarts() {
  if (!plan_.has_spool()) return;
  for (int i = stage_.kills_left; i > 0; i -= 2)
    sometime([this] {
      if (!daemon_ || !stage_.kills_here(1)) return;
      stage_.hits.hit(Fault::kill);
      kill();
    });
  if (!plan_.faults.has(Fault::stop_and_start)) return;
  sometime([this] {
    if (!daemon_ || daemon_->is_stopping()) return;
    stage_.hits.hit(Fault::stop_and_start);
    daemon_->stop();
  });
}

void World::plan_disk_trouble() {
  if (!plan_.has_spool()) return;
  for (int i = 0; i < 2; ++i) {
    if (plan_.faults.has(Fault::disk_fails))
      sometime([this] { disk_.fail_for(stage_.up_to(seconds(stage_.chance(0.2) ? 60 : 5))); });
    if (plan_.faults.has(Fault::damaged_row)) sometime([this] { disk_.damage_a_row(); });
  }
}

void World::plan_clock_steps() {
  if (!plan_.faults.has(Fault::clock_step)) return;
  static constexpr std::int64_t most = std::chrono::microseconds(std::chrono::days(3)).count();
  for (int i = 0; i < 4; ++i)
    sometime([this] {
      const auto ahead = static_cast<std::int64_t>(stage_.random.below(2 * most)) - most;
      stage_.tell("the system's clock is set");
      stage_.hits.hit(Fault::clock_step);
      stage_.step_clock(std::chrono::microseconds(ahead));
    });
}

void World::plan_orders() {
  for (int i = 0; i < 3; ++i) {
    if (plan_.faults.has(Fault::replay))
      sometime([this] {
        if (daemon_) daemon_->order({.which = {}, .replay = true});
      });
    if (plan_.faults.has(Fault::purge))
      sometime([this] {
        queue::LetterOrder order;
        order.reason = Purge::by_hand;
        if (stage_.chance(0.5)) order.which.reason = Dead::refused;
        if (daemon_) daemon_->order(std::move(order));
      });
  }
}

void World::plan_doomed() {
  if (!plan_.faults.has(Fault::doomed)) return;
  for (int i = 0; i < 6; ++i)
    sometime([this] {
      if (daemon_) daemon_->take_doomed();
    });
}

void World::arrive(std::size_t records) {
  if (!daemon_ || daemon_->is_stopping()) return;
  const std::uint64_t before = dropped();
  senders_.send(records, stage_.now());
  if (plan_.spool.mode != queue::SpoolMode::always && !senders_.acks_are_complete())
    stage_.complain("an ack does not tell all lines");
  const std::uint64_t gone = dropped() - before;
  if (gone != 0) stage_.tell("there is no room for ", counted(gone, "record"), ": dropped(full), the oldest");
  daemon_->check();
  if (plan_.faults.has(Fault::overload) && gone != 0) stage_.hits.hit(Fault::overload);
}

std::uint64_t World::dropped() const {
  std::uint64_t records = 0;
  for (const observe::LaneBooks& lane : daemon_->books().lanes) records += observe::sum(lane.dropped);
  return records;
}

// ---- daemons come and go

void World::start() {
  stage_.tell("==== the daemon starts");
  is_spool_known_ = false;
  daemon_ = std::make_unique<Daemon>(plan_, stage_, backend_, disk_, senders_);
  look_after_daemon();
}

void World::kill() {
  const bool cut = plan_.faults.has(Fault::power_cut) && stage_.chance(0.4);
  stage_.tell(cut ? "==== POWER CUT" : "==== KILL: the daemon gets a kill -9");
  judge_.killed(*daemon_);
  senders_.disconnect();
  daemon_.reset();
  disk_.kill();
  if (cut) {
    disk_.power_cut();
    judge_.power_was_cut();
  }
  stage_.at(stage_.now() + stage_.up_to(seconds(5)), [this] { start(); });
}

void World::look_after_daemon() {
  if (!daemon_) return;
  if (!is_spool_known_ && daemon_->has_open_spool()) {
    is_spool_known_ = true;
    judge_.began(daemon_->carried());
  }
  if (daemon_->is_dead()) return kill();
  if (!daemon_->has_ended() || is_over_) return;
  judge_.ended(*daemon_);
  senders_.disconnect();
  daemon_.reset();
  stage_.at(stage_.now() + stage_.up_to(seconds(5)), [this] { start(); });
}

void World::run_until(SteadyTime end) {
  while (stage_.step(end)) {
    look_after_daemon();
    if (daemon_ && stage_.random.below(8) == 0) daemon_->check();
  }
  if (stage_.complaints().empty()) stage_.pass_to(end);
}

std::vector<std::string> World::run() {
  try {
    run_all();
  } catch (const std::exception& broken) {
    stage_.complain(std::string("thrown: ") + broken.what());
  }
  if (daemon_ && !stage_.complaints().empty()) daemon_->tell_books();
  return stage_.complaints();
}

void World::run_all() {
  plan_arrivals();
  plan_reloads();
  plan_restarts();
  plan_disk_trouble();
  plan_clock_steps();
  plan_orders();
  plan_doomed();
  plan_flood();
  start();
  const bool early = plan_.faults.has(Fault::early_stop) && stage_.random.below(2) == 0;
  if (early) {
    stop_early();
  } else {
    run_until(stage_.now() + busy_time);
    come_to_rest();
  }
  if (!stage_.complaints().empty()) return;
  daemon_->check();
  const bool from_disk = early && plan_.has_spool();
  judge_.check_end(from_disk ? disk_.kept().totals() : daemon_->totals(), early);
}

void World::wait_for_daemon() {
  const SteadyTime end = stage_.now() + longest_end;
  while (stage_.complaints().empty() && (!daemon_ || daemon_->is_stopping())) {
    if (stage_.now() >= end) return stage_.complain("a daemon that was stopped does not end");
    run_until(stage_.now() + seconds(1));
  }
}

void World::stop_early() {
  stage_.hits.hit(Fault::early_stop);
  run_until(stage_.now() + milliseconds(stage_.random.below(milliseconds(busy_time).count())));
  stage_.kills_left = 0;
  wait_for_daemon();
  if (!stage_.complaints().empty()) return;
  is_over_ = true;
  daemon_->stop();
  const SteadyTime end = stage_.now() + longest_end;
  while (stage_.complaints().empty() && !daemon_->has_ended()) {
    if (stage_.now() >= end) return stage_.complain("a daemon that was stopped does not end");
    run_until(stage_.now() + milliseconds(200));
  }
  if (plan_.has_spool()) judge_.ended(*daemon_);
}

// Backend and disk are well again; a trickle goes on, as it does in life, and gives suspects something to be
// tried against.
void World::come_to_rest() {
  if (!stage_.complaints().empty()) return;
  stage_.kills_left = 0;
  stage_.tell("==== backend and disk are well from here on, and nobody is killed any more");
  disk_.heal();
  wait_for_daemon();
  backend_.heal();
  if (daemon_) daemon_->heal();
  const SteadyTime end = stage_.now() + longest_recovery;
  while (stage_.now() < end && stage_.complaints().empty()) {
    run_until(stage_.now() + seconds(40));
    if (!stage_.complaints().empty()) return;
    if (daemon_->is_at_rest()) {
      if (!senders_.acks_are_complete()) stage_.complain("an ack never comes");
      if (plan_.is_calm && plan_.spool.mode == queue::SpoolMode::overflow) {
        if (daemon_->puts() != 0) stage_.complain("a healthy daemon wrote records to disk");
        stage_.hits.hit(Fault::calm_overflow);
      }
      return;
    }
    senders_.send(1 + stage_.random.below(3), stage_.now());
  }
  stage_.complain("does not come to rest after all is well again");
}

}  // namespace pannier::simulation
