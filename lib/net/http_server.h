// A small HTTP/1.1 server over a listening socket (Unix today, TCP later): reads a whole request, asks the
// handler, writes its answer. What a path means and who may ask is the handler's business.
// Users: daemon (control socket). Threads: one, that of the io_context: handler, respond and all members.
// Bounded: connections, head, body, and the time for each step; a connection over the limit is accepted,
// closed at once and counted. A peer too slow or too big gets 408, 413 or 431, anything that is not HTTP gets
// 400, and is closed. Cost: a coroutine a connection; meant for tens of requests a second.
#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/fd.h"
#include "net/unix_socket.h"

namespace pannier::net {

struct HttpServerOptions {
  std::size_t connections = 64;
  std::size_t max_body = 4 * 1024 * 1024;
  std::chrono::milliseconds head_time{10'000};
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds answer_time{120'000};  // for the handler; then 503
  std::chrono::milliseconds write_time{30'000};
};

class HttpServer {
 public:
  struct Request {
    std::string method, target, body;
    PeerCredentials peer;  // unknown uid and gid (-1) where the listener is no Unix socket
  };
  struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
  };
  // Calling it twice, too late or after the server is gone does nothing.
  using Respond = std::function<void(Response)>;
  using Handler = std::function<void(Request, Respond)>;

  HttpServer(boost::asio::io_context& io, Fd listener, HttpServerOptions options, Handler handler);
  ~HttpServer();  // as stop()
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Closes the listener and all connections; the handler is not called any more.
  void stop();

  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::uint64_t refused() const;  // connections over the limit

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pannier::net
