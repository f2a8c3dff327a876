#include "simulation/stage.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace pannier::simulation {
namespace {

constexpr std::uint64_t most_events_at_once = 20'000;

}  // namespace

Stage::Stage(std::uint64_t seed, Hits& all_hits, Story* story)
    : random(seed * 0x9e3779b97f4a7c15U + 1), hits(all_hits), seed_(seed), story_(story) {
  tell("seed ", seed);
}

void Stage::at(SteadyTime when, std::function<void()> what) {
  events_.push({when, order_++, std::move(what)});
}

void Stage::at(SteadyTime when, const Life& life, std::function<void()> what) {
  at(when, [alive = std::weak_ptr<const char>(life), what = std::move(what)] {
    if (!alive.expired()) what();
  });
}

bool Stage::step(SteadyTime end) {
  if (events_.empty() || events_.top().at > end || !complaints_.empty()) return false;
  const Event event = events_.top();
  events_.pop();
  events_now_ = event.at == now_ ? events_now_ + 1 : 0;
  if (events_now_ > most_events_at_once) complain("runs in circles");
  now_ = event.at;
  ++hits.events;
  event.what();
  return true;
}

SystemTime Stage::true_time(SteadyTime now) {
  constexpr SystemTime begin{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}};
  return begin + std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
}

Duration Stage::up_to(Duration most) {
  return Duration(static_cast<Duration::rep>(random.below(static_cast<std::uint64_t>(most.count()) + 1)));
}

bool Stage::kills_here(double probability) {
  if (kills_left == 0 || !chance(probability)) return false;
  --kills_left;
  return true;
}

bool Stage::runs_in_circles() const {
  return events_now_ + 10 > most_events_at_once;
}

void Stage::complain(const std::string& what) {
  std::string complaint = "seed " + std::to_string(seed_) + ": " + what;
  // Looked at by two at the same moment.
  if (!complaints_.empty() && std::ranges::find(complaints_, complaint) != complaints_.end()) return;
  tell("NOT AS PROMISED: ", what);
  complaints_.push_back(std::move(complaint));
}

std::string Stage::at_second(SteadyTime time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f s",
                std::chrono::duration<double>(time - begin_of_run).count());
  return text.data();
}

}  // namespace pannier::simulation
