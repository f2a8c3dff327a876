// A soak: the built daemon under steady load over all of its sockets, to backends that fail in every way,
// with somebody who reloads, replays and (if so wished) kills it; then all is drained and compared. Threads:
// one calls run().
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "tests/soak/judge.h"
#include "tests/soak/keeper.h"

namespace pannier::soak {

struct Options {
  double seconds = 1800;
  double a_second = 2000;
  bool kills = false;
  bool any_size = false;  // memory may grow: sanitizers keep what is freed
  std::string daemon;     // empty: as DaemonProcess chooses
  std::string keep;       // the daemon's folder goes there where a promise was broken
  std::uint64_t seed = 1;
};

class Soak {
 public:
  Soak(Options options, const std::atomic<bool>& interrupted);
  // True: every promise was kept. Says what it sees each minute on standard output.
  [[nodiscard]] bool run();

  struct Size {
    std::uint64_t resident = 0, descriptors = 0;
  };

 private:
  void open_sources();
  void work();
  void say_how_it_goes();
  void be_well(bool well);
  [[nodiscard]] bool drain(const char* when);
  [[nodiscard]] Size size_at_rest();
  [[nodiscard]] Size size() const;
  void rest_after_warming_up();
  void finish();
  void replay_what_died();
  void compare_sizes(const Size& end);
  void end_regularly(const doubles::JsonDocument& before);
  void keep_folder();
  [[nodiscard]] std::uint64_t made() const;

  const Options options_;
  const std::atomic<bool>& interrupted_;
  const double scale_;
  Complaints complaints_;
  Tally tally_;
  Backend malti_, otlp_;
  Setting setting_;
  Pace pace_;
  doubles::DaemonProcess daemon_;
  Keeper keeper_;
  std::vector<std::unique_ptr<Source>> sources_;
  Size warm_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace pannier::soak
