// An HttpServer on a Unix socket, with a thread of its own for its event loop.
#pragma once
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <future>
#include <optional>
#include <thread>

#include "net/http_server.h"
#include "tests/net/scratch.h"
#include "tests/net/scripted_server.h"

namespace pannier::net::test {

using namespace std::chrono_literals;

// A client that says what a test wants it to say.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    const timeval limit{10, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  // What the kernel took.
  ssize_t send(std::string_view text) { return ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL); }
  // Reads until `text` was seen; false where the connection ended before.
  bool read_until(std::string_view text) {
    while (received.find(text) == std::string::npos)
      if (!read_some()) return false;
    return true;
  }
  // All that comes until the server closes.
  std::string read_to_end() {
    while (read_some()) {
    }
    return received;
  }
  std::string received;
  bool is_closed = false;

 private:
  bool read_some() {
    std::array<char, 65536> room{};
    const ssize_t got = ::recv(fd_.get(), room.data(), room.size(), 0);
    if (got > 0) received.append(room.data(), static_cast<std::size_t>(got));
    is_closed = got == 0 || (got < 0 && errno == ECONNRESET);
    return got > 0;
  }
  Fd fd_;
};

class ServerFixture {
 public:
  using Request = HttpServer::Request;
  using Response = HttpServer::Response;

  explicit ServerFixture(HttpServer::Handler handler, HttpServerOptions options = {})
      : path(scratch_.path("s")) {
    auto socket = listen_unix({.path = path, .mode = 0600});
    server_.emplace(io_, std::move(socket.value().fd), options, std::move(handler));
    thread_ = std::thread([this] { io_.run(); });
  }
  ~ServerFixture() {
    forget_server();
    guard_.reset();
    thread_.join();
  }
  // Runs `what` where the server runs, and waits for it.
  template <typename What>
  auto ask(What what) {
    std::packaged_task<decltype(what(std::declval<HttpServer&>()))()> task([&] { return what(*server_); });
    auto result = task.get_future();
    boost::asio::post(io_, [&] { task(); });
    return result.get();
  }
  std::size_t connections() {
    return ask([](HttpServer& server) { return server.connections(); });
  }
  void forget_server() {
    ask([this](HttpServer&) { server_.reset(); });
  }
  void run_there(std::function<void()> what) { boost::asio::post(io_, std::move(what)); }

 private:
  Scratch scratch_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
  std::optional<HttpServer> server_;
  std::thread thread_;

 public:
  const std::string path;
};

}  // namespace pannier::net::test
