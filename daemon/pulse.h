// A sign of life that only progress makes: a token goes from T2's loop to T1's, others and back, and its
// return calls `alive`. A loop that hangs keeps the token, so nobody is told that all is well; a tick sends a
// new one only when the last is back. Users: Service, for the watchdog. Threads: T2, where `alive` is called
// too.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <vector>

#include "base/clock.h"

namespace pannier::daemon {

class Pulse {
 public:
  Pulse(boost::asio::io_context& deliver, boost::asio::io_context& intake, Duration interval,
        std::function<void()> alive);

  // One more loop that the token goes through. REQUIRES: before start().
  void visit(boost::asio::io_context& loop) { loops_.push_back(&loop); }
  void start();
  // Ticks in a row that found the token still away. The first is logged.
  [[nodiscard]] unsigned missed() const { return missed_; }

 private:
  void tick();
  void send_token();
  void send_on(std::size_t next);
  void came_back();

  boost::asio::io_context& deliver_;
  std::vector<boost::asio::io_context*> loops_;
  const Duration interval_;
  std::function<void()> alive_;
  boost::asio::steady_timer timer_;
  bool is_away_ = false;
  unsigned missed_ = 0;
};

}  // namespace pannier::daemon
