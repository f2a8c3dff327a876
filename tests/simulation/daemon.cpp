#include "simulation/daemon.h"

#include <algorithm>

#include "deliver/encoder.h"
#include "observe/totals.h"

namespace pannier::simulation {

using observe::LaneId;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::string_view lane_prefix = "malti/";
constexpr auto save_time = seconds(3);  // as in daemon/daemon.cpp
// Of moments at which a kill matters.
constexpr double kill_chance = 0.002;

std::shared_ptr<const daemon::Routing> routing() {
  config::Settings settings;
  settings.malti.enabled = true;
  settings.process.node = "simulation";
  return daemon::make_routing(settings);
}

}  // namespace

Daemon::Daemon(const Plan& plan, Stage& stage, Backend& backend, Disk& disk, Senders& senders)
    : plan_(plan),
      stage_(stage),
      backend_(backend),
      disk_(disk),
      senders_(senders),
      rings_(plan.memory, ledger_, {plan.spool.mode, plan.spool.when_full}),
      pipeline_(rings_, ledger_, *this, routing(), [this] { return stage_.system_now(); }) {
  ledger_.open(observe::ListenerId::unix_stream);
  ledger_.open(observe::DestinationId::malti);
  if (plan_.has_spool()) {
    spool_ = std::make_unique<SpoolHand>(plan_, stage_, disk_, rings_, ledger_, hooks());
    spool_->start();
  }
  senders_.connect(pipeline_, stage_.now());
}

SpoolHand::Hooks Daemon::hooks() {
  return {.wake = [this](LaneId lane) { wake(lane); },
          .accounted =
              [this](std::uint64_t ticket) {
                stage_.after(stage_.up_to(milliseconds(2)), life_,
                             [this, ticket] { senders_.committed(ticket); });
              },
          .saved = [this](const queue::PutBackDone& done) { saved(done); },
          .lane_of =
              [this](const std::string& name) {
                const std::string_view service = std::string_view(name).substr(lane_prefix.size());
                const auto known = std::ranges::find(lanes_, service, &Lane::service);
                return known != lanes_.end() ? static_cast<LaneId>(known - lanes_.begin())
                                             : make_lane(service);
              },
          .dies = [this] { return dies(); },
          .ended =
              [this] {
                if (is_dead()) return;
                ended_ = true;
                stage_.tell("==== the daemon has ended");
              }};
}

void Daemon::saved(const queue::PutBackDone& done) {
  if (!done.rows.empty()) stage_.hits.hit(Fault::put_back);
  std::uint64_t records = 0;
  for (const queue::StoredRow& row : done.rows) records += row.records;
  const std::string lane(rings_.name_of(done.lane));
  told_late_[lane] += records;
  stage_.after(milliseconds(stage_.random.below(3)), life_, [this, lane, done, records] {
    told_late_[lane] -= records;
    tell(done.lane, deliver::SavedBatch{done.batch, done.rows});
  });
}

bool Daemon::dies() {
  if (is_dead()) return true;
  if (!stage_.kills_here(kill_chance)) return false;
  stage_.hits.hit(Fault::kill);
  dead_ = true;
  return true;
}

std::optional<LaneId> Daemon::find_or_make(observe::DestinationId, std::string_view service) {
  const auto known = std::ranges::find(lanes_, service, &Lane::service);
  if (known != lanes_.end()) return static_cast<LaneId>(known - lanes_.begin());
  if (lanes_.size() < plan_.most_lanes) return make_lane(service);
  stage_.hits.hit(Fault::too_many_services);
  return std::nullopt;
}

LaneId Daemon::make_lane(std::string_view service) {
  const std::string name = std::string(lane_prefix).append(service);
  const LaneId id = ledger_.add_lane(observe::DestinationId::malti, name);
  rings_.add_lane(id, name);
  const bool has_key = !(plan_.faults.has(Fault::no_key) && stage_.random.below(2) == 0 && !healed_);
  if (!has_key) stage_.hits.hit(Fault::no_key);
  const deliver::LaneOptions options = random_options();
  const deliver::LaneTraits traits = random_traits();
  Lane lane{.core = nullptr,
            .service = std::string(service),
            .traits = traits,
            .timer = {},
            .watch = LaneWatch(options, traits, has_key)};
  lane.core = std::make_unique<deliver::LaneCore>(id, options, rings_, has_key, stage_.now(),
                                                  stage_.random.uniform(), traits);
  stage_.tell("lane ", name, has_key ? "" : ", without a key", ": batches of ", options.batch.records,
              " records, ", options.connections, " connections, back-off up to ", options.retry.cap.count(),
              " ms", traits.can_probe ? ", asks without a batch" : "",
              traits.refused_for_good ? ", gives its key up after a while" : "");
  lanes_.push_back(std::move(lane));
  stage_.after({}, life_, [this, id] {
    if (stop_)
      tell(id, *stop_);
    else
      tell(id, deliver::Woken{});
  });
  return id;
}

deliver::LaneOptions Daemon::random_options() {
  Random& random = stage_.random;
  deliver::LaneOptions options;
  options.batch.records = 1 + static_cast<std::uint32_t>(random.below(120));
  options.batch.bytes = 2000 + random.below(40'000);
  options.batch.interval = milliseconds(1000 + random.below(30'000));
  options.retry.base = milliseconds(1 + random.below(2000));
  options.retry.cap = options.retry.base + milliseconds(random.below(30'000));
  options.connections = 1 + static_cast<std::uint32_t>(random.below(4));
  if (!plan_.faults.has(Fault::impatient)) return options;
  if (random.below(2) == 0)
    options.retry.max_attempts = 1 + static_cast<std::uint32_t>(random.below(5));
  else
    options.retry.max_age = seconds(1 + random.below(60));
  return options;
}

deliver::LaneTraits Daemon::random_traits() {
  deliver::LaneTraits traits;
  traits.can_probe = stage_.random.below(3) != 0;
  if (plan_.faults.has(Fault::key_given_up) && stage_.random.below(2) == 0)
    traits.refused_for_good = seconds(1 + stage_.random.below(60));
  return traits;
}

void Daemon::wake(LaneId lane) {
  stage_.after(milliseconds(stage_.random.below(3)), life_, [this, lane] { tell(lane, deliver::Woken{}); });
}

void Daemon::order(queue::LetterOrder order) {
  if (dead_ || !spool_) return;
  stage_.tell("somebody wants dead letters to be ", order.replay ? "replayed" : "purged");
  stage_.hits.hit(order.replay ? Fault::replay : Fault::purge);
  spool_->order(std::move(order));
}

void Daemon::reload_a_lane() {
  if (stopping_ || lanes_.empty()) return;
  stage_.hits.hit(Fault::reload);
  const auto id = static_cast<LaneId>(stage_.random.below(lanes_.size()));
  lanes_[id].watch.may_try_now();  // a person's wish goes before the backend's
  lanes_[id].packs = true;
  stage_.tell("reload: ", rings_.name_of(id), " gets other settings");
  if (stage_.random.below(3) == 0) {
    const bool present = stage_.random.below(2) == 0;
    if (!present) lanes_[id].watch.lost_its_key();
    tell(id, deliver::KeyChanged{present});
  }
  const deliver::LaneOptions options = random_options();
  lanes_[id].watch.configured(options);
  tell(id, deliver::Reconfigured{options});
}

void Daemon::take_doomed() {
  if (stopping_ || dead_) return;
  using observe::Account;
  const Senders::Doomed doomed = senders_.make_doomed();
  const auto count = static_cast<std::uint32_t>(doomed.ends.size());
  const auto lane = find_or_make(observe::DestinationId::malti, doomed.service);
  const auto listener = static_cast<std::uint16_t>(observe::ListenerId::unix_stream);
  std::vector<observe::Movement> books{{Account::lines, 0, listener, count},
                                       {Account::accepted, 0, listener, count}};
  if (lane)
    books.push_back({Account::lane_accepted, 0, *lane, count});
  else
    books.push_back({Account::left_out, number_of(LeftOut::too_many_services),
                     static_cast<std::uint16_t>(observe::DestinationId::malti), count});
  std::vector<queue::Staged> read;
  if (lane) read.push_back({*lane, doomed.bytes, doomed.ends, deliver::doomed_format});
  std::vector<LaneId> woken;
  rings_.push(read, books, stage_.system_now(), woken);
  for (const LaneId id : woken) wake(id);
}

void Daemon::heal() {
  healed_ = true;
  for (std::size_t id = 0; id < lanes_.size(); ++id) {
    lanes_[id].watch.may_try_now();
    tell(static_cast<LaneId>(id), deliver::KeyChanged{true});
  }
}

// ---- the end

void Daemon::stop() {
  stage_.tell("==== SIGTERM: the daemon is to end");
  stopping_ = true;
  senders_.close();
  const SteadyTime deadline = stage_.now() + seconds(10);
  const bool send = stage_.random.below(4) != 0;
  if (spool_) {
    spool_->flush();
    for (std::size_t id = 0; id < lanes_.size(); ++id) tell(static_cast<LaneId>(id), deliver::Save{});
  }
  stage_.after(stage_.up_to(seconds(1)), life_,
               [this, deadline, send] { stop_lanes({deadline, send, stage_.now() + save_time}); });
}

void Daemon::stop_lanes(const deliver::Stop& how) {
  stop_ = how;
  if (spool_) spool_->flush();
  for (std::size_t id = 0; id < lanes_.size(); ++id) tell(static_cast<LaneId>(id), how);
  stage_.at(std::max(how.deadline, how.saved_by) + milliseconds(20), life_, [this] {
    for (const Lane& lane : lanes_)
      if (!lane.core->finished()) stage_.complain("a lane outlives the shutdown's deadline");
  });
  look_whether_finished();
}

void Daemon::look_whether_finished() {
  if (!std::ranges::all_of(lanes_, [](const Lane& lane) { return lane.core->finished(); })) {
    stage_.after(milliseconds(5), life_, [this] { look_whether_finished(); });
  } else if (spool_) {
    spool_->stop();
  } else {
    ended_ = true;
  }
}

// ---- what the judge asks

bool Daemon::is_at_rest() const {
  if (spool_ && (!spool_->is_idle() || !spool_->carried())) return false;
  const observe::Books now = books();
  return std::ranges::all_of(now.lanes, [](const observe::LaneBooks& lane) {
    return lane.held.memory + lane.held.spool + lane.held.in_flight == 0;
  });
}

observe::Books Daemon::books() const {
  observe::Books books = rings_.snapshot();
  for (std::size_t id = 0; id < lanes_.size(); ++id) {
    const deliver::LaneView view = lanes_[id].core->view();
    observe::Held& held = books.lanes[id].held;
    held.memory += view.parked;
    held.spool += view.parked_stored;
    held.in_flight += view.in_flight;
    held.in_flight_stored += view.in_flight_stored;
  }
  return books;
}

observe::Books Daemon::totals() const {
  return has_open_spool() ? observe::sum_of((*spool_->carried()).totals, books()) : books();
}

std::optional<std::uint64_t> Daemon::would_lose() const {
  if (is_torn_) return std::nullopt;
  std::uint64_t lost = 0;
  for (const observe::LaneBooks& lane : books().lanes)
    lost += lane.held.memory + lane.held.in_flight - lane.held.in_flight_stored;
  for (const auto& [lane, records] : told_late_) lost -= records;
  return lost + spool_->dying() - spool_->put_unknown();
}

void Daemon::check() const {
  if (is_dead()) return;
  // A lane of which nothing is in memory reads back a little, whatever the others hold.
  const std::size_t read_back = plan_.has_spool() ? lanes_.size() * 2 * queue::SegmentPool::usual_bytes : 0;
  if (rings_.allocated() > rings_.memory() + read_back)
    stage_.complain("the queues hold more than the memory allows");
  const observe::Books now = books();
  for (const std::string& sentence : observe::imbalances(now)) stage_.complain("not balanced: " + sentence);
  if (!has_open_spool()) return;
  for (const std::string& sentence : observe::imbalances_of_totals(totals()))
    stage_.complain("not balanced: " + sentence);
  if (!spool_->is_busy() && !ended_) check_store(now);
}

// The books and the disk know of the same records.
void Daemon::check_store(const observe::Books& books) const {
  for (const observe::LaneBooks& lane : books.lanes) {
    const auto held = static_cast<std::int64_t>(lane.held.spool + lane.held.in_flight_stored);
    const auto kept = disk_.kept().records_of(lane.name);
    if (!kept) return;
    const auto on_disk = static_cast<std::int64_t>(*kept);
    const auto late = told_late_.find(lane.name);
    const auto told_late = late == told_late_.end() ? 0 : static_cast<std::int64_t>(late->second);
    if (held + told_late + spool_->uncommitted(lane.name) != on_disk)
      stage_.complain(lane.name + ": the books hold " + std::to_string(held) + " records in the spool, and " +
                      std::to_string(spool_->uncommitted(lane.name)) +
                      " more came to an end of which the disk does not know yet, but the disk has " +
                      std::to_string(on_disk));
  }
}

void Daemon::tell_books() const {
  if (!stage_.is_told()) return;
  for (const observe::LaneBooks& lane : books().lanes)
    stage_.tell("books of ", lane.name, ": carried in ", lane.carried_in, " + accepted ", lane.accepted,
                " = delivered ", lane.delivered, " + dead ", observe::sum(lane.dead), " + dropped ",
                observe::sum(lane.dropped), " + held (in flight ", lane.held.in_flight, ", spool ",
                lane.held.spool, ", memory ", lane.held.memory, "); maybe_twice ", lane.maybe_twice);
}

}  // namespace pannier::simulation
