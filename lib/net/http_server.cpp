#include "net/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "net/http_session.h"

namespace pannier::net {
namespace {

namespace asio = boost::asio;
using Ec = boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Socket = HttpSession::Socket;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);

int family_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family;
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, Fd listener, HttpServerOptions the_options, Handler the_handler)
      : acceptor(io), pause(io), options(std::move(the_options)), handler(std::move(the_handler)) {
    const int family = family_of(listener.get());
    acceptor.assign(Protocol(family, 0), listener.release());
  }

  asio::awaitable<void> accept() {
    while (acceptor.is_open()) {
      Socket socket(acceptor.get_executor());
      const auto [ec] = co_await acceptor.async_accept(socket, as_value);
      if (!ec && acceptor.is_open()) {
        welcome(std::move(socket));
      } else if (acceptor.is_open()) {
        // Out of descriptors, for example: it may get better, and asking at once again would not help.
        pause.expires_after(std::chrono::milliseconds(100));
        co_await pause.async_wait(as_value);
      }
    }
  }

  void welcome(Socket socket) {
    if (sessions.size() >= options.connections) {
      ++shared->counts.refused;
      return;
    }
    const auto session = std::make_shared<HttpSession>(std::move(socket), options, handler, shared);
    sessions.insert(session);
    asio::co_spawn(acceptor.get_executor(), session->run(),
                   [weak = weak_from_this(), session](const std::exception_ptr&) {
                     session->stop();
                     if (const auto self = weak.lock()) self->gone(session);
                   });
  }

  void gone(const std::shared_ptr<HttpSession>& session) {
    sessions.erase(session);
    if (sessions.empty() && drained) asio::post(acceptor.get_executor(), std::exchange(drained, nullptr));
  }

  void close() {
    Ec ignored;
    acceptor.close(ignored);
    pause.cancel();
  }

  void stop() {
    close();
    drained = nullptr;
    for (const auto& session : sessions) session->stop();
  }

  void drain(std::function<void()> done) {
    close();
    if (sessions.empty()) return asio::post(acceptor.get_executor(), std::move(done));
    drained = std::move(done);
    for (const auto& session : sessions) session->end_soon();
  }

  Acceptor acceptor;
  asio::steady_timer pause;
  HttpServerOptions options;
  Handler handler;
  std::set<std::shared_ptr<HttpSession>> sessions;
  std::shared_ptr<HttpSession::Shared> shared = std::make_shared<HttpSession::Shared>();
  std::function<void()> drained;
};

HttpServer::HttpServer(asio::io_context& io, Fd listener, HttpServerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(io, std::move(listener), std::move(options), std::move(handler))) {
  asio::co_spawn(io, [impl = impl_] { return impl->accept(); }, [impl = impl_](const std::exception_ptr&) {});
}

HttpServer::~HttpServer() {
  stop();
}

void HttpServer::stop() {
  impl_->stop();
}

void HttpServer::drain(std::function<void()> done) {
  impl_->drain(std::move(done));
}

std::size_t HttpServer::connections() const {
  return impl_->sessions.size();
}

const HttpCounts& HttpServer::counts() const {
  return impl_->shared->counts;
}

}  // namespace pannier::net
