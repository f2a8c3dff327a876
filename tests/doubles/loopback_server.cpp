#include "tests/doubles/loopback_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "tests/doubles/loopback.h"

namespace pannier::doubles {

LoopbackServer::LoopbackServer(std::uint16_t port, Serve serve)
    : serve_(std::move(serve)), reservation_(bound_socket(port)), port_(port_of(reservation_)) {}

LoopbackServer::~LoopbackServer() {
  stop();
  ::close(reservation_);
}

void LoopbackServer::start() {
  if (listener_ >= 0) return;
  listener_ = bound_socket(port_);
  if (::listen(listener_, 1024) != 0) throw std::system_error(errno, std::generic_category(), "listen");
  stopped_ = std::make_unique<Event>();
  acceptor_ = std::thread([this] { accept_all(); });
}

void LoopbackServer::stop() {
  if (listener_ < 0) return;
  stopped_->happen();
  acceptor_.join();
  ::close(std::exchange(listener_, -1));
  for (Served& served : served_) served.thread.join();
  served_.clear();
}

void LoopbackServer::accept_all() {
  for (;;) {
    std::array<pollfd, 2> polled{{{listener_, POLLIN, 0}, {stopped_->descriptor(), POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), -1);
    if (polled[1].revents != 0) return;
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    join_finished();
    const std::uint64_t number = ++connections_;
    Served& served = served_.emplace_back();
    served.thread = std::thread([this, socket, number, &served] {
      serve_(socket, number, *stopped_);
      served.done = true;
    });
  }
}

void LoopbackServer::join_finished() {
  for (auto served = served_.begin(); served != served_.end();) {
    if (!served->done) {
      ++served;
      continue;
    }
    served->thread.join();
    served = served_.erase(served);
  }
}

}  // namespace pannier::doubles
