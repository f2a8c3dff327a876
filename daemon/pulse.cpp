#include "daemon/pulse.h"

#include <boost/asio/post.hpp>

#include "base/units.h"
#include "observe/log.h"

namespace pannier::daemon {

namespace asio = boost::asio;

Pulse::Pulse(asio::io_context& deliver, asio::io_context& intake, Duration interval,
             std::function<void()> alive)
    : deliver_(deliver), loops_{&intake}, interval_(interval), alive_(std::move(alive)), timer_(deliver) {}

void Pulse::start() {
  send_token();
  tick();
}

void Pulse::tick() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](const boost::system::error_code& fault) {
    if (fault) return;
    if (!is_away_)
      send_token();
    else if (++missed_ == 1)
      observe::log(
          observe::LogLevel::error,
          "a loop that takes records in has not answered for " +
              units::duration_text(std::chrono::duration_cast<std::chrono::milliseconds>(interval_)) +
              "; the service manager's watchdog is not fed until it does");
    tick();
  });
}

void Pulse::send_token() {
  is_away_ = true;
  send_on(0);
}

void Pulse::send_on(std::size_t next) {
  if (next == loops_.size()) return asio::post(deliver_, [this] { came_back(); });
  asio::post(*loops_[next], [this, next] { send_on(next + 1); });
}

void Pulse::came_back() {
  is_away_ = false;
  missed_ = 0;
  alive_();
}

}  // namespace pannier::daemon
