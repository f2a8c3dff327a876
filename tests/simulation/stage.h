// What a simulated run plays on: a hand-turned clock, a heap of events, chance, and the list of what was not
// as promised. It outlives the daemons of the run. Threads: one run belongs to one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "simulation/faults.h"
#include "simulation/story.h"

namespace pannier::simulation {

// Events of something that is gone do not happen.
using Life = std::shared_ptr<const char>;

class Stage {
 public:
  // `story`: where what happens is told; none: nowhere.
  Stage(std::uint64_t seed, Hits& all_hits, Story* story);

  void at(SteadyTime when, std::function<void()> what);
  void at(SteadyTime when, const Life& life, std::function<void()> what);
  void after(Duration wait, const Life& life, std::function<void()> what) {
    at(now_ + wait, life, std::move(what));
  }
  // The next event until `end`. False: there is none.
  bool step(SteadyTime end);
  void pass_to(SteadyTime end) { now_ = std::max(now_, end); }

  [[nodiscard]] SteadyTime now() const { return now_; }
  // What the daemon's system clock shows; steps move it, and it alone.
  [[nodiscard]] SystemTime system_now() const { return true_time(now_) + clock_is_ahead_; }
  // What it is everywhere else.
  static SystemTime true_time(SteadyTime now);
  void step_clock(std::chrono::microseconds ahead) { clock_is_ahead_ = ahead; }
  bool chance(double probability) { return random.uniform() < probability; }
  Duration up_to(Duration most);
  // So often in a run may the daemon be killed where it is at a critical point.
  bool kills_here(double probability);

  [[nodiscard]] bool runs_in_circles() const;
  void complain(const std::string& what);
  // Words and numbers, one after another. What it costs to find them is spent in vain where !is_told().
  template <typename... Parts>
  void tell(const Parts&... parts) const {
    if (story_ == nullptr) return;
    std::string step;
    (add(step, parts), ...);
    story_->add(now_ - begin_of_run, step);
  }
  [[nodiscard]] bool is_told() const { return story_ != nullptr; }
  // Since the run began, as in the story: "12.345 s".
  [[nodiscard]] static std::string at_second(SteadyTime time);
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

  Random random;
  Hits& hits;
  int kills_left = 0;

 private:
  struct Event {
    SteadyTime at;
    std::uint64_t order;
    std::function<void()> what;
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  template <typename Part>
  static void add(std::string& step, const Part& part) {
    if constexpr (std::is_arithmetic_v<Part>)
      step += std::to_string(part);
    else
      step += std::string_view(part);
  }

  static constexpr SteadyTime begin_of_run{std::chrono::hours(1)};
  std::uint64_t seed_;
  Story* story_;
  SteadyTime now_ = begin_of_run;
  std::chrono::microseconds clock_is_ahead_{0};
  std::uint64_t order_ = 0, events_now_ = 0;
  std::priority_queue<Event> events_;
  std::vector<std::string> complaints_;
};

}  // namespace pannier::simulation
