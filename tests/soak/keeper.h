// Whoever looks after the daemon: asks for its status, scrapes it, reloads it with other configurations, good
// and faulty ones, changes a key, replays and purges dead letters, and kills it where that is the soak's
// kind. Each command has to succeed. Threads: the one that started the daemon.
#pragma once
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/doubles/daemon_process.h"
#include "tests/soak/backend.h"
#include "tests/soak/setting.h"

namespace pannier::soak {

class Keeper {
 public:
  using Clock = std::chrono::steady_clock;
  struct Parts {
    doubles::DaemonProcess& daemon;
    Backend& malti;
    Complaints& complaints;
    Setting setting;
    double scale;
    std::uint64_t seed;
  };
  explicit Keeper(Parts parts);

  void tick();           // does what is due
  void back_to_usual();  // the configuration, and the key
  void replay_all();
  void check(const char* when);  // status --check
  [[nodiscard]] unsigned kills() const { return kills_; }
  [[nodiscard]] unsigned commands() const { return commands_; }

 private:
  struct Chore {
    double period;  // s, times the scale
    double least;   // s
    std::function<void()> work;
    Clock::time_point next{};
  };
  void plan(Chore& chore);
  void command(const std::vector<std::string>& arguments, int exit_code = 0);
  void letters(std::vector<std::string> arguments);
  void write(unsigned version);
  void scrape();
  void watch_drops();
  void reload();
  void reload_faulty();
  void change_key();
  void replay();
  void purge();
  void kill();

  const Parts parts_;
  std::mt19937_64 random_;
  std::vector<Chore> chores_;
  std::string key_ = "key-users";
  unsigned version_ = usual_version, turn_ = 0, kills_ = 0, commands_ = 0;
  std::uint64_t full_ = 0;
};

}  // namespace pannier::soak
