// Says in the log what was dropped, within five seconds and at most once a minute: a loss is never told by a
// counter alone. Users: daemon. Threads: T2; told() is pure. Cost: a look at the books every five seconds.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "observe/ledger.h"

namespace pannier::daemon {

class DropWatch {
 public:
  static constexpr std::chrono::seconds step{5};
  static constexpr std::chrono::minutes quiet{1};  // after each time that something was told

  DropWatch(boost::asio::io_context& deliver, std::function<observe::Books()> books)
      : timer_(deliver), books_(std::move(books)) {}

  void start();
  void stop();  // all that is not told yet is

  // What `now` counts and `before` did not.
  static std::vector<std::string> told(const observe::Books& before, const observe::Books& now);

 private:
  void wait();
  void tell();

  boost::asio::steady_timer timer_;
  const std::function<observe::Books()> books_;
  observe::Books before_;  // as it was last told
  SteadyTime next_{};
};

}  // namespace pannier::daemon
