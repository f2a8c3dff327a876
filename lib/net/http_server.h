// A small HTTP/1.1 server over a listening socket (Unix or TCP): reads a whole request, asks the handler,
// writes its answer. What a path means and who may ask is the handler's business; what is refused before its
// body is read, the judge's. Users: daemon (control socket, observe). Threads: one, that of the io_context:
// handler, judge, respond and all members.
// Bounded: connections, head, body, all bodies together, and the time for each step; a connection over the
// limit is accepted, closed at once and counted. A peer too slow or too big gets 408, 413 or 431, anything
// that is not HTTP gets 400, and is closed. Cost: a coroutine a connection; meant for tens of requests a
// second.
#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "net/server_exchange.h"

namespace pannier::net {

struct HttpServerOptions {
  std::size_t connections = 64;
  std::size_t max_body = 4 * 1024 * 1024;
  std::size_t all_bodies = 64 * 4 * 1024 * 1024;  // of all requests that are read or answered, together
  std::chrono::milliseconds head_time{10'000};
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds answer_time{120'000};  // for the handler; then 503
  std::chrono::milliseconds write_time{30'000};
  // After the last answer: so long the peer may take to hear it and go, while what it still sends is thrown
  // away.
  std::chrono::milliseconds linger_time{1'000};
  // Sees each head; what it returns is the answer, and the body is not read. Empty: all is heard.
  std::function<std::optional<ServerResponse>(const HttpHead&)> judge = {};
  // What a request is answered with for whose body all_bodies have no room. Empty: a plain 503.
  std::function<ServerResponse()> busy = {};
  // Is told of each body that was begun and could not be read, and the status it was answered with: 413, 408,
  // 400; none: its peer is gone.
  std::function<void(std::optional<int> status)> unread = {};
};

struct HttpCounts {
  std::uint64_t refused = 0;             // connections over the limit
  std::uint64_t unread = 0;              // answers that were not taken within write_time
  std::map<int, std::uint64_t> answers;  // begun, by status; the handlers' and our own
};

class HttpServer {
 public:
  using Request = ServerRequest;
  using Response = ServerResponse;
  // Calling it twice, too late or after the server is gone does nothing.
  using Respond = std::function<void(Response)>;
  using Handler = std::function<void(Request, Respond)>;

  HttpServer(boost::asio::io_context& io, Fd listener, HttpServerOptions options, Handler handler);
  ~HttpServer();  // as stop()
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Closes the listener and all connections; the handler is not called any more.
  void stop();
  // Closes the listener and idle connections; the others once they have their answer. `done` is called, not
  // from within, when none is left, unless stop() comes before. Bounded by the times of each step.
  void drain(std::function<void()> done);

  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::uint64_t refused() const { return counts().refused; }
  [[nodiscard]] const HttpCounts& counts() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pannier::net
