// simulation [OPTION…]: plays months of a daemon's life in a second, and looks whether every promise is held.
//   --tier A|B     A: with a model of the store (the default); B: with SQLite on files that fail
//   --seed N       the first seed (1); what goes wrong in a run, and when, follows from its seed alone
//   --runs N       so many seeds from there on (1 where --seed is given, else 10,000 of A or 500 of B)
//   --story        tells all of every run, step by step, as it happens, one run after another; without it the
//   last
//                  200 steps of the first run that broke a promise are told
//   --first        ends with the first seed that breaks a promise
//   --least N      fails where a fault, verdict or command was hit less often
//   --seeds FILE   the seeds of a file instead; lines of NAME TIER SEED and words for people. May come again
//   --of NAME      of these only the lines of that name
//   --must-fail    for planted bugs: fails where a seed breaks no promise
// Uses all processors. Ends with 0 if every promise was held, 1 if one was broken, 2 for wrong arguments.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "simulation/arguments.h"
#include "simulation/vfs.h"
#include "simulation/world.h"

using namespace pannier::simulation;

namespace {

constexpr const char* usage =
    "simulation [--tier A|B] [--seed N] [--runs N] [--story] [--first] [--least N]\n"
    "simulation --seeds FILE [--of NAME] [--must-fail] [--story] [--first]\n";
constexpr std::size_t most_complaints = 20;
constexpr std::size_t told_steps = 200;

class Runs {
 public:
  explicit Runs(const Arguments& arguments) : arguments_(arguments) {}

  void run_all();
  int report() const;

 private:
  void run_some();
  [[nodiscard]] bool print_hits() const;
  void tell_first() const;
  [[nodiscard]] int report_must_fail() const;

  const Arguments& arguments_;
  std::atomic<std::size_t> next_{0}, end_{~0ULL};  // of the seeds
  std::mutex mutex_;
  Hits hits_;
  std::map<std::size_t, std::vector<std::string>> complaints_;  // by the seed's place
};

void Runs::run_all() {
  std::vector<std::thread> threads;
  const unsigned wanted = arguments_.story ? 1 : std::max(1U, std::thread::hardware_concurrency());
  threads.reserve(wanted);
  for (unsigned i = 0; i < wanted; ++i) threads.emplace_back([this] { run_some(); });
  for (std::thread& thread : threads) thread.join();
}

void Runs::run_some() {
  Hits hits;
  Story printed(0);
  for (std::size_t i = next_++; i < std::min(arguments_.seeds.size(), end_.load()); i = next_++) {
    const Seed seed = arguments_.seeds[i];
    World world(seed.number, seed.tier, hits, arguments_.story ? &printed : nullptr);
    std::vector<std::string> complaints = world.run();
    if (complaints.empty()) continue;
    const std::lock_guard lock(mutex_);
    complaints_[i] = std::move(complaints);
    const bool is_enough = arguments_.first || complaints_.size() >= most_complaints;
    // Who is at an earlier one comes to its end.
    if (is_enough && !arguments_.must_fail) end_ = std::min(end_.load(), i);
  }
  const std::lock_guard lock(mutex_);
  hits_.add(hits);
}

bool Runs::print_hits() const {
  const Seed first = arguments_.seeds.front();
  if (arguments_.seeds.size() == 1) {
    std::printf("seed %llu of tier %s\n", static_cast<unsigned long long>(first.number),
                letter_of(first.tier));
    return true;
  }
  std::printf("%zu runs from seed %llu of tier %s\n", arguments_.seeds.size(),
              static_cast<unsigned long long>(first.number), letter_of(first.tier));
  return hits_.print(arguments_.least, first.tier == Tier::sqlite);
}

// Once more, to be told: it goes as it went.
void Runs::tell_first() const {
  const Seed seed = arguments_.seeds[complaints_.begin()->first];
  std::printf("\nwhat happened with seed %llu of tier %s:\n", static_cast<unsigned long long>(seed.number),
              letter_of(seed.tier));
  Hits hits;
  Story story(told_steps);
  World world(seed.number, seed.tier, hits, &story);
  (void)world.run();
  story.print();
  std::printf("\n");
}

int Runs::report_must_fail() const {
  bool all = true;
  for (std::size_t i = 0; i < arguments_.seeds.size(); ++i) {
    const Seed seed = arguments_.seeds[i];
    const auto found = complaints_.find(i);
    all = all && found != complaints_.end();
    std::printf("%s %llu%s%s: %s\n", letter_of(seed.tier), static_cast<unsigned long long>(seed.number),
                arguments_.of.empty() ? "" : " of ", arguments_.of.c_str(),
                found == complaints_.end() ? "NOT CAUGHT" : found->second.front().c_str());
  }
  if (all) return 0;
  std::printf(
      "A kept seed does not catch its bug any more: what a seed means changes with the plan of the runs.\n"
      "Find seeds that do, and keep them: tests/run.sh planted_bugs --keep\n");
  return 1;
}

int Runs::report() const {
  if (arguments_.must_fail) return report_must_fail();
  const bool is_enough = print_hits();
  if (!complaints_.empty() && !arguments_.story) tell_first();
  for (const auto& [place, complaints] : complaints_) {
    if (place > end_) continue;
    for (const std::string& complaint : complaints)
      std::printf("tier %s, %s\n", letter_of(arguments_.seeds[place].tier), complaint.c_str());
  }
  if (!is_enough)
    std::printf("hit less than %llu times: see TOO SELDOM\n",
                static_cast<unsigned long long>(arguments_.least));
  const bool held = complaints_.empty() && is_enough;
  std::printf("%s\n", held ? "every promise held" : "FAILED");
  return held ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = read_arguments({argv + 1, argv + argc});
  if (!arguments) {
    std::fprintf(stderr, "simulation: %s\n%s", arguments.error().message.c_str(), usage);
    return 2;
  }
  if (arguments->help) {
    std::printf("%s", usage);
    return 0;
  }
  use_memory_files();
  Runs runs(*arguments);
  runs.run_all();
  return runs.report();
}
