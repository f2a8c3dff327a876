// Keys that senders bring for services without a key of their own (DESIGN.md 2, `http`): each has a lane,
// malti/<service>@<fingerprint>, for the records that came with that very key. Decides who may have one, how
// much it may hold before its key was proven, and what is answered while the key is refused. Pure: time and
// lanes are handed in. Users: KeyDesk. Threads: not safe. Bounded: `most_open` lanes at once, `most_unproven`
// records in one whose key is not proven.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "observe/ids.h"
#include "receive/key_judge.h"

namespace pannier::daemon {

// What Malti said of a lane's key.
struct KeyWord {
  bool is_good = false;  // a 200, or a good empty batch
  int status = 0;        // else 401 or 403
  std::string detail{};  // in Malti's words
};

class GuestKeys {
 public:
  static constexpr std::size_t most_open = 16;
  static constexpr std::size_t most_unproven = 1000;
  static constexpr std::chrono::seconds refused_for{60};

  struct Hooks {
    // Finds or makes the lane and gives it the key. None: no place is left.
    std::function<std::optional<observe::LaneId>(std::string_view service, const Secret& key)> open;
    // Nothing of it is held anywhere: it may make room for another.
    std::function<bool(observe::LaneId lane)> is_empty;
  };
  explicit GuestKeys(Hooks hooks) : hooks_(std::move(hooks)) {}

  receive::KeyRuling admit(std::string_view key, std::string_view service, std::size_t records,
                           SteadyTime now);
  void said(observe::LaneId lane, const KeyWord& word, SteadyTime now);
  void closed(observe::LaneId lane);  // it was refused for too long; its records are dead letters

  [[nodiscard]] std::size_t open() const { return guests_.size(); }

 private:
  struct Guest {
    std::string service;
    Secret key;
    observe::LaneId lane = 0;
    bool is_proven = false;
    std::size_t unproven = 0;  // records
    SteadyTime last_used{};
    std::optional<SteadyTime> refused_until;
    KeyWord refusal{};
  };
  [[nodiscard]] const Guest* refused(std::string_view key, std::string_view service, SteadyTime now) const;
  Guest* find(std::string_view key, std::string_view service);
  Guest* open_one(std::string_view key, std::string_view service);
  bool make_place();

  Hooks hooks_;
  std::vector<Guest> guests_;
};

}  // namespace pannier::daemon
