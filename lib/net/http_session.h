// One connection of an HttpServer: serves one request after another until the peer goes, misbehaves or
// stop(). Users: http_server. Threads: one. Every wait has an end.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>

#include "net/http_server.h"

namespace pannier::net {

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;  // one instantiation for Unix sockets and TCP

  // What all connections of a server have together.
  struct Shared {
    HttpCounts counts;
    std::size_t bodies = 0;  // bytes
  };

  HttpSession(Socket socket, const HttpServerOptions& options, const HttpServer::Handler& handler,
              std::shared_ptr<Shared> shared);
  ~HttpSession() { release_body(); }
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;
  boost::asio::awaitable<void> run();
  void stop();
  void end_soon();  // at once where it is idle, else after its answer

 private:
  using Ec = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class Next { request, goodbye, nothing };

  boost::asio::awaitable<Next> serve_one();
  boost::asio::awaitable<Ec> read_head();
  boost::asio::awaitable<Ec> read_body();
  bool has_room_for_body();
  void release_body();
  boost::asio::awaitable<Next> refuse_body(Ec ec);
  boost::asio::awaitable<Next> refuse(Ec ec, bool has_begun);
  boost::asio::awaitable<ServerResponse> ask();
  boost::asio::awaitable<Next> write(ServerResponse response, bool keep_alive, bool only_head);
  boost::asio::awaitable<void> linger();
  void take(std::uint64_t number, ServerResponse response);
  void limit(std::chrono::milliseconds time, void (HttpSession::*end)());
  void end_reading();
  void end_writing();

  Socket socket_;
  boost::asio::steady_timer timer_;
  const HttpServerOptions options_;
  const HttpServer::Handler handler_;
  const std::shared_ptr<Shared> shared_;
  PeerCredentials peer_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;  // of the request at hand
  std::optional<ServerResponse> answer_;
  std::uint64_t number_ = 0;  // of the request that is being answered
  bool is_asking_ = false;
  std::size_t charged_ = 0;  // of shared_->bodies
  bool has_begun_ = false;   // the request at hand, as far as is known
  bool is_too_slow_ = false;
  bool is_busy_ = false;  // bodies of others take all the room
  bool ends_soon_ = false;
  bool is_stopped_ = false;
};

}  // namespace pannier::net
