#include "simulation/world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "deliver/malti/verdict.h"
#include "deliver/otlp/verdict.h"

namespace pannier::simulation {

using observe::LaneId;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto busy_time = std::chrono::minutes(4);
constexpr auto longest_recovery = std::chrono::hours(12);

std::shared_ptr<const daemon::Routing> routing() {
  config::Settings settings;
  settings.malti.enabled = true;
  settings.process.node = "simulation";
  return daemon::make_routing(settings);
}

std::size_t memory_of(FaultSet faults) {
  // An eighth of the smaller one is a single segment: a blocked lane overflows soon.
  return faults.has(Fault::overload) ? 600 * 1024 : 64 * 1024 * 1024;
}

std::vector<RecordId> records_of(const deliver::Batch& batch) {
  std::vector<RecordId> ids;
  for (const queue::Slice& slice : batch.slices)
    for (std::uint32_t i = slice.first; i < slice.last; ++i) {
      const std::string_view fragment = slice.segment->bytes(i, i + 1);
      ids.push_back(std::strtoull(fragment.data() + fragment.find("~s") + 2, nullptr, 10));
    }
  return ids;
}

deliver::Judgement judge(const Backend::Reply& reply, std::uint32_t records, bool packs) {
  if (!reply.is_otlp) return deliver::malti::judge(reply.outcome, records, system_now());
  return deliver::otlp::judge(reply.outcome, {records, deliver::otlp::Encoding::json, packs}, system_now());
}

}  // namespace

World::World(std::uint64_t seed, Hits& hits, bool story)
    : seed_(seed),
      hits_(hits),
      story_(story),
      random_(seed * 0x9e3779b97f4a7c15U + 1),
      faults_(FaultSet::random(random_)),
      backend_(faults_, random_, hits),
      rings_(memory_of(faults_), ledger_),
      most_lanes_(faults_.has(Fault::too_many_services) ? 3 : 8),
      pipeline_(rings_, ledger_, *this, routing()),
      senders_(faults_, pipeline_, random_, hits) {
  ledger_.open(observe::ListenerId::unix_stream);
  ledger_.open(observe::DestinationId::malti);
}

deliver::LaneOptions World::random_options() {
  deliver::LaneOptions options;
  options.batch.records = 1 + static_cast<std::uint32_t>(random_.below(120));
  options.batch.bytes = 2000 + random_.below(40'000);
  options.batch.interval = milliseconds(1000 + random_.below(30'000));
  options.retry.base = milliseconds(1 + random_.below(2000));
  options.retry.cap = options.retry.base + milliseconds(random_.below(30'000));
  options.connections = 1 + static_cast<std::uint32_t>(random_.below(4));
  if (!faults_.has(Fault::impatient)) return options;
  if (random_.below(2) == 0)
    options.retry.max_attempts = 1 + static_cast<std::uint32_t>(random_.below(5));
  else
    options.retry.max_age = seconds(1 + random_.below(60));
  return options;
}

std::optional<LaneId> World::find_or_make(observe::DestinationId destination, std::string_view service) {
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    if (lanes_[i].service == service) return static_cast<LaneId>(i);
  if (lanes_.size() >= most_lanes_) {
    hits_.hit(Fault::too_many_services);
    return std::nullopt;
  }
  const LaneId id = ledger_.add_lane(destination, "malti/" + std::string(service));
  rings_.add_lane(id, "malti/" + std::string(service));
  const bool has_key = !(faults_.has(Fault::no_key) && random_.below(2) == 0 && !healed_);
  if (!has_key) hits_.hit(Fault::no_key);
  Lane lane;
  lane.service = service;
  lane.core =
      std::make_unique<deliver::LaneCore>(id, random_options(), rings_, has_key, now_, random_.uniform());
  lanes_.push_back(std::move(lane));
  at(now_, [this, id] { tell(id, deliver::Woken{}); });
  return id;
}

void World::wake(LaneId lane) {
  at(now_ + milliseconds(random_.below(3)), [this, lane] { tell(lane, deliver::Woken{}); });
}

void World::at(SteadyTime when, std::function<void()> what) {
  events_.push({when, order_++, std::move(what)});
}

void World::plan_arrivals() {
  const std::size_t bursts = 5 + random_.below(40);
  for (std::size_t i = 0; i < bursts; ++i) {
    const std::size_t records = random_.below(4) == 0 ? 1 + random_.below(60) : 1 + random_.below(5);
    at(now_ + milliseconds(random_.below(milliseconds(busy_time).count())),
       [this, records] { arrive(records); });
  }
  if (!faults_.has(Fault::overload)) return;
  for (int i = 0; i < 3; ++i)
    at(now_ + milliseconds(random_.below(milliseconds(busy_time).count())), [this] { arrive(500); });
}

void World::plan_reloads() {
  if (!faults_.has(Fault::reload)) return;
  for (int i = 0; i < 4; ++i)
    at(now_ + milliseconds(random_.below(milliseconds(busy_time).count())), [this] {
      if (stopped_ || lanes_.empty()) return;
      hits_.hit(Fault::reload);
      reload(static_cast<LaneId>(random_.below(lanes_.size())));
    });
}

void World::reload(LaneId lane) {
  lanes_[lane].not_before = {};  // a person's wish goes before the backend's
  lanes_[lane].packs = true;
  if (random_.below(3) == 0) tell(lane, deliver::KeyChanged{random_.below(2) == 0});
  tell(lane, deliver::Reconfigured{random_options()});
}

void World::arrive(std::size_t records) {
  if (stopped_) return;
  const std::uint64_t dropped_before =
      faults_.has(Fault::overload)
          ? observe::sum(books().lanes.empty() ? observe::Counters<Drop>{} : books().lanes[0].dropped)
          : 0;
  senders_.send(records, now_);
  if (!senders_.acks_are_complete()) complain("an ack does not tell all lines");
  if (rings_.allocated() > rings_.memory()) complain("the queues hold more than the memory allows");
  if (!faults_.has(Fault::overload)) return;
  for (const observe::LaneBooks& lane : books().lanes)
    if (observe::sum(lane.dropped) > dropped_before) {
      hits_.hit(Fault::overload);
      break;
    }
}

void World::tell(LaneId id, const deliver::Event& event) {
  deliver::Output out;
  lanes_[id].core->on(event, now_, random_, out);
  ledger_.apply(out.books);
  for (const deliver::Command& command : out.commands) {
    ++hits_.commands[command.index()];
    carry_out(id, command);
  }
  check_lane(id);
}

void World::carry_out(LaneId lane, const deliver::Command& command) {
  if (const auto* wanted = std::get_if<deliver::Send>(&command)) send(lane, wanted->batch);
  if (const auto* wanted = std::get_if<deliver::WakeMeAt>(&command)) set_timer(lane, wanted->time);
  if (std::holds_alternative<deliver::ReadKey>(command))
    at(now_ + milliseconds(5), [this, lane, changed = random_.below(4) == 0] {
      if (changed) lanes_[lane].not_before = {};
      tell(lane, deliver::KeyRead{changed});
    });
  if (const auto* buried = std::get_if<deliver::BuryLetters>(&command)) {
    if (buried->reason == Dead::max_age || buried->reason == Dead::max_attempts) hits_.hit(Fault::impatient);
    tell_story("  lane " + std::to_string(lane) + ": " + std::to_string(buried->records) +
               " dead: " + buried->why);
  }
}

void World::set_timer(LaneId id, std::optional<SteadyTime> time) {
  lanes_[id].timer = time;
  if (!time) return;
  at(std::max(*time, now_), [this, id, expected = *time] {
    if (lanes_[id].timer != expected) return;
    lanes_[id].timer.reset();
    tell(id, deliver::Woken{});
  });
}

void World::send(LaneId id, deliver::BatchId batch) {
  Lane& lane = lanes_[id];
  const deliver::Batch& content = lane.core->batch(batch);
  const std::vector<RecordId> records = records_of(content);
  ++lane.open;
  if (records.size() != content.records) complain("a batch does not hold what it says");
  if (now_ < lane.not_before && !stopped_) complain("sent before the backend's wish was over");
  const Backend::Reply reply = backend_.answer(records, now_);
  tell_story("  lane " + std::to_string(id) + ": batch " + std::to_string(batch) + " of " +
             std::to_string(records.size()) + " records gets " +
             (reply.outcome.answer ? std::to_string(reply.outcome.answer->status) : "no answer"));
  at(now_ + reply.after,
     [this, id, batch, count = content.records, reply] { answered(id, batch, count, reply); });
}

void World::answered(LaneId id, deliver::BatchId batch, std::uint32_t records, const Backend::Reply& reply) {
  Lane& lane = lanes_[id];
  --lane.open;
  const deliver::Judgement judgement = judge(reply, records, lane.packs);
  if (judgement.verdict == deliver::Verdict::send_again) lane.packs = false;
  ++hits_.verdicts[static_cast<std::size_t>(judgement.verdict)];
  // Whoever gets through has shown that the backend may be asked again.
  const bool alive = judgement.verdict == deliver::Verdict::delivered ||
                     judgement.verdict == deliver::Verdict::isolate ||
                     judgement.verdict == deliver::Verdict::too_large;
  if (alive) lane.not_before = {};
  if (reply.wish) lane.not_before = std::max(lane.not_before, now_ + *reply.wish);
  tell(id, deliver::Answered{batch, judgement});
}

void World::run_until(SteadyTime end) {
  while (!events_.empty() && events_.top().at <= end && complaints_.empty()) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.at;
    ++hits_.events;
    event.what();
    if (random_.below(8) == 0) check_balance();
  }
  now_ = std::max(now_, end);
}

std::vector<std::string> World::run() {
  tell_story("seed " + std::to_string(seed_));
  plan_arrivals();
  plan_reloads();
  const bool stop = faults_.has(Fault::early_stop) && random_.below(2) == 0;
  if (stop) {
    stop_early();
  } else {
    run_until(now_ + busy_time);
    come_to_rest();
  }
  if (complaints_.empty()) check_end(stop);
  return complaints_;
}

void World::stop_early() {
  hits_.hit(Fault::early_stop);
  run_until(now_ + milliseconds(random_.below(milliseconds(busy_time).count())));
  stopped_ = true;
  senders_.close();
  const SteadyTime deadline = now_ + seconds(10);
  const bool send = random_.below(4) != 0;
  for (std::size_t id = 0; id < lanes_.size(); ++id)
    tell(static_cast<LaneId>(id), deliver::Stop{deadline, send});
  run_until(deadline);
  for (const Lane& lane : lanes_)
    if (!lane.core->finished()) complain("a lane outlives the shutdown's deadline");
}

// The backend is well again; a trickle goes on, as it does in life, and gives suspects something to be tried
// against.
void World::come_to_rest() {
  healed_ = true;
  backend_.heal();
  for (std::size_t id = 0; id < lanes_.size(); ++id) {
    lanes_[id].not_before = {};
    tell(static_cast<LaneId>(id), deliver::KeyChanged{true});
  }
  const SteadyTime end = now_ + longest_recovery;
  while (now_ < end && complaints_.empty()) {
    run_until(now_ + seconds(40));
    if (is_at_rest()) return;
    senders_.send(1 + random_.below(3), now_);
  }
  if (complaints_.empty()) complain("does not come to rest after the backend is well again");
}

bool World::is_at_rest() const {
  return std::ranges::all_of(lanes_, [this](const Lane& lane) {
    const auto view = lane.core->view();
    return view.parked == 0 && view.in_flight == 0 &&
           rings_.pending(static_cast<LaneId>(&lane - lanes_.data())).records == 0;
  });
}

observe::Books World::books() const {
  observe::Books books = rings_.snapshot();
  for (std::size_t id = 0; id < lanes_.size(); ++id) {
    const deliver::LaneView view = lanes_[id].core->view();
    books.lanes[id].held.memory += view.parked;
    books.lanes[id].held.in_flight += view.in_flight;
  }
  return books;
}

void World::check_balance() {
  for (const std::string& sentence : observe::imbalances(books())) complain("not balanced: " + sentence);
}

void World::check_lane(LaneId id) {
  const deliver::LaneView view = lanes_[id].core->view();
  if (view.state != deliver::LaneState::healthy && lanes_[id].open > 8)
    complain("a failing lane floods its backend");
}

void World::complain(std::string what) {
  tell_story("COMPLAINT: " + what);
  complaints_.push_back("seed " + std::to_string(seed_) + ": " + std::move(what));
}

void World::tell_story(const std::string& what) const {
  if (!story_) return;
  const auto ms =
      std::chrono::duration_cast<milliseconds>(now_.time_since_epoch() - std::chrono::hours(1)).count();
  std::printf("%10.3f s %s\n", static_cast<double>(ms) / 1000, what.c_str());
}

}  // namespace pannier::simulation
