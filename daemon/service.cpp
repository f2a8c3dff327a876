#include "daemon/service.h"

#include <boost/asio/post.hpp>

namespace pannier::daemon {

namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds words_interval{2};
}

Service::Service(ServiceManager& manager, asio::io_context& deliver, asio::io_context& intake, Words words)
    : manager_(manager), deliver_(deliver), intake_(intake), words_(std::move(words)), timer_(deliver) {
  if (const auto patience = manager_.watchdog())
    pulse_.emplace(deliver, intake, *patience / 2, [this] { manager_.alive(); });
}

void Service::start() {
  if (!manager_.listens()) return;
  asio::post(intake_, [this] { asio::post(deliver_, [this] { loops_run(); }); });
}

void Service::loops_run() {
  if (!is_stopping_) manager_.ready();
  tell_words_again();
  if (pulse_) pulse_->start();
}

void Service::reloaded() {
  if (!is_stopping_) manager_.ready();
}

void Service::stopping() {
  if (!manager_.listens()) return;
  is_stopping_ = true;
  manager_.stopping();
  tell_words();
}

void Service::tell_words() {
  std::string words = words_();
  if (words == told_) return;
  told_ = words;
  manager_.status(std::move(words));
}

void Service::tell_words_again() {
  tell_words();
  timer_.expires_after(words_interval);
  timer_.async_wait([this](const boost::system::error_code& fault) {
    if (!fault) tell_words_again();
  });
}

}  // namespace pannier::daemon
