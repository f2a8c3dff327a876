// Which key may bring what over HTTP. With receive.http.malti.keys: the senders' keys are checked here, as
// Malti would. Without: a service that has a key of its own (deliver.malti.keys) uses that, whatever its
// sender shows; for any other the sender's key is Malti's business (guest_keys.h). Users: Doors' HTTP
// listener, daemon. Threads: any; one mutex.
#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "config/settings.h"
#include "daemon/guest_keys.h"
#include "receive/key_judge.h"

namespace pannier::daemon {

class KeyDesk : public receive::KeyJudge {
 public:
  explicit KeyDesk(GuestKeys::Hooks hooks) : guests_(std::move(hooks)) {}

  void set(const config::Settings& settings);  // at start and at a reload
  receive::KeyRuling judge(std::string_view key, std::string_view service, std::size_t records,
                           SteadyTime now) override;
  // Of a sender's key, by whoever has tried it.
  void said(observe::LaneId lane, const KeyWord& word, SteadyTime now);
  void closed(observe::LaneId lane);

 private:
  using Keys = std::map<std::string, Secret, std::less<>>;  // by service
  [[nodiscard]] receive::KeyRuling check(std::string_view key, std::string_view service) const;

  std::mutex mutex_;
  bool is_malti_on_ = false;                  // guarded by mutex_, as all below
  Keys senders_;                              // that are asked for
  std::set<std::string, std::less<>> owned_;  // services with a key of their own
  GuestKeys guests_;
};

}  // namespace pannier::daemon
