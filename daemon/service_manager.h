// The service manager that started us, where there is one (systemd): what it hands over and what it is told.
// libsystemd stays behind this file. What is told goes out on a thread of its own: sd_notify waits where
// nobody reads, and T2 may not. Without NOTIFY_SOCKET nothing is told and there is no thread. Users: Daemon.
// Threads: the constructor before any other thread runs (it takes the variables out of the environment, for
// children); every other member from any. Nothing waits but the destructor.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"

namespace pannier::daemon {

class ServiceManager {
 public:
  struct Named {
    std::string name;  // FileDescriptorName= of its socket unit
    Fd fd;
  };

  // `listens`: NOTIFY_SOCKET is set.
  explicit ServiceManager(bool listens);
  ~ServiceManager();  // when all was told; waits as long as nobody reads
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // Once: what LISTEN_FDS named, in its order.
  Result<std::vector<Named>> take_sockets();
  // How long it waits for a sign of life; none: it does not.
  [[nodiscard]] std::optional<Duration> watchdog() const { return watchdog_; }
  [[nodiscard]] bool listens() const { return listens_; }

  void ready();  // also after reloading()
  void reloading();
  void stopping();
  void status(std::string words);  // one line; replaces what was not told yet
  void alive();                    // feeds the watchdog

 private:
  void tell(const std::string& state);
  void run();
  [[nodiscard]] bool nothing_to_tell() const;
  std::string next();

  const bool listens_;
  std::optional<Duration> watchdog_;
  std::optional<Error> fault_;
  std::vector<Named> sockets_;

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::string> states_;  // guarded by mutex_, as all below; a slow reader bounds it
  std::optional<std::string> status_;
  bool alive_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace pannier::daemon
