// The daemon as a service manager sees it: READY when both loops run, the watchdog fed by their progress,
// STATUS in words at most every two seconds. Nothing at all where no service manager listens.
// Users: Daemon. Threads: T2; the io_contexts and the manager outlive it.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "daemon/pulse.h"
#include "daemon/service_manager.h"

namespace pannier::daemon {

class Service {
 public:
  using Words = std::function<std::string()>;  // asked only where somebody listens

  Service(ServiceManager& manager, boost::asio::io_context& deliver, boost::asio::io_context& intake,
          Words words);

  // One more loop that the watchdog is to watch. REQUIRES: before start().
  void watch(boost::asio::io_context& loop) {
    if (pulse_) pulse_->visit(loop);
  }
  void start();  // before the loops run, or later: READY follows when both do
  void reloading() { manager_.reloading(); }
  void reloaded();
  void stopping();

 private:
  void loops_run();
  void tell_words();
  void tell_words_again();

  ServiceManager& manager_;
  boost::asio::io_context& deliver_;
  boost::asio::io_context& intake_;
  Words words_;
  std::string told_;
  bool is_stopping_ = false;
  boost::asio::steady_timer timer_;
  std::optional<Pulse> pulse_;
};

}  // namespace pannier::daemon
