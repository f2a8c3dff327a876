// Says in the log what was dropped since it last looked: a loss is never told by a counter alone. Users:
// daemon. Threads: T2; told() is pure. Cost: a look at the books every five seconds.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>
#include <vector>

#include "observe/ledger.h"

namespace pannier::daemon {

class DropWatch {
 public:
  static constexpr std::chrono::seconds step{5};

  DropWatch(boost::asio::io_context& deliver, std::function<observe::Books()> books)
      : timer_(deliver), books_(std::move(books)) {}

  void start();
  void stop() { timer_.cancel(); }

  struct Line {
    std::string key, text;  // for observe::log_seldom
  };
  // What `now` counts and `before` did not.
  static std::vector<Line> told(const observe::Books& before, const observe::Books& now);

 private:
  void wait();

  boost::asio::steady_timer timer_;
  const std::function<observe::Books()> books_;
  observe::Books before_;
};

}  // namespace pannier::daemon
