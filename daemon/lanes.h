// All lanes of the daemon: found or made by name on intake threads, driven on T2.
// A lane lives until the daemon ends; at most limits.lanes of them, and most_guests.
// Threads: find_or_make, guest and wake from any; everything else on T2.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "daemon/lane_names.h"
#include "daemon/pipeline.h"
#include "deliver/lane_shell.h"
#include "deliver/malti/transport.h"
#include "deliver/otlp/transport.h"
#include "observe/ledger.h"
#include "queue/rings.h"

namespace pannier::daemon {

class Lanes : public LaneDirectory {
 public:
  struct Parts {
    boost::asio::io_context& deliver;  // T2's
    queue::Rings& rings;
    observe::Ledger& ledger;
    deliver::RunBlocking run_blocking;
    std::string via;                // this daemon's id on every request
    double phase = 0;               // its part of each interval
    queue::Spool* spool = nullptr;  // none: in tests
    // On T2, of lanes whose key a sender brought: what Malti says of it; that it was given up.
    std::function<void(observe::LaneId, const deliver::malti::KeyNews&)> key_news = {};
    std::function<void(observe::LaneId)> closed = {};
  };
  // Lanes for keys that senders bring, in a run; their number has no part in limits.lanes.
  static constexpr std::size_t most_guests = 256;

  // Makes the lanes that the configuration names: those with a key, Multiplayer's and the local one.
  Lanes(Parts parts, std::shared_ptr<const config::Settings> settings);

  std::optional<observe::LaneId> find_or_make(observe::DestinationId destination,
                                              std::string_view service) override;
  void wake(observe::LaneId lane) override;
  // The lane of a service for one key that its sender brought, with that key; none where there are too many.
  // Any thread.
  std::optional<observe::LaneId> guest(std::string_view service, std::string_view fingerprint,
                                       const Secret& key);
  // The lane of what the spool holds from an earlier run, by its name; any thread. Where its destination is
  // off now, it is blocked; a guest's, too, until its key is shown again.
  observe::LaneId carried(const std::string& name);
  void saved(queue::PutBackDone done);  // any thread: the spool's answer

  // After a reload: new keys, addresses and options; lanes that wait try again now.
  void apply(std::shared_ptr<const config::Settings> settings);
  // The daemon is about to end: what was taken from memory goes to disk as well.
  void save();
  // Gives all away until its deadline, then leaves the rest to the spool or drops it; `finished` once nothing
  // is held. May be called again.
  void stop(const deliver::Stop& stop, std::function<void()> finished);

  [[nodiscard]] std::vector<deliver::LaneView> views() const;  // by LaneId

 private:
  struct Opened {
    std::unique_ptr<deliver::LaneShell> shell;
    LaneName name;
    bool is_closed = false;  // its guest's key was refused for good: it holds nothing
    deliver::malti::MaltiTransport* malti = nullptr;  // both owned by the shell
    deliver::otlp::OtlpTransport* otlp = nullptr;
  };

  observe::LaneId make(std::string name);
  void open(observe::LaneId lane, const std::string& title);
  void give_key(observe::LaneId lane, const Secret& key);
  void close(observe::LaneId lane);
  std::unique_ptr<deliver::Transport> make_transport(Opened& lane) const;
  void apply_to(Opened& lane, const config::Settings& before);
  void check_finished();
  [[nodiscard]] bool is_on(observe::DestinationId destination) const;
  [[nodiscard]] deliver::LaneOptions options_of(observe::DestinationId destination) const;

  Parts parts_;
  std::shared_ptr<const config::Settings> settings_;  // T2
  std::size_t most_lanes_;
  std::mutex mutex_;
  std::map<std::string, observe::LaneId, std::less<>> by_name_;  // guarded by mutex_
  std::size_t guests_ = 0;                                       // of these; guarded by mutex_

  std::vector<Opened> opened_;  // T2; by LaneId
  std::optional<deliver::Stop> stop_;
  std::function<void()> finished_;
};

}  // namespace pannier::daemon
