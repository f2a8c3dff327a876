#include "net/http_server.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <set>

namespace pannier::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Ec = boost::system::error_code;
using Protocol = asio::generic::stream_protocol;  // one instantiation for Unix sockets and TCP
using Socket = Protocol::socket;
using Acceptor = asio::basic_socket_acceptor<Protocol>;
using Parser = http::request_parser<http::string_body>;
using Request = HttpServer::Request;
using Response = HttpServer::Response;

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t max_head = 16 * 1024;
constexpr std::size_t max_buffer = 64 * 1024;

Response plain(int status) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  return {status, "text/plain", std::string(reason.data(), reason.size()) + "\n"};
}

std::string head_of(const Response& response, bool keep_alive) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(reason.data(), reason.size()).append("\r\nContent-Type: ").append(response.content_type);
  head.append("\r\nContent-Length: ").append(std::to_string(response.body.size()));
  if (!keep_alive) head.append("\r\nConnection: close");
  return head.append("\r\n\r\n");
}

// What a request that could not be read is answered with; nothing where the peer is simply gone.
std::optional<int> refusal(const Ec& ec, bool too_slow, bool has_begun) {
  if (too_slow) return has_begun ? std::optional(408) : std::nullopt;
  if (ec == http::error::body_limit) return 413;
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) return 431;
  const bool is_about_http = ec.category() == make_error_code(http::error::bad_method).category();
  const bool is_gone = ec == http::error::end_of_stream || ec == http::error::partial_message;
  return is_about_http && !is_gone ? std::optional(400) : std::nullopt;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, const HttpServerOptions& options, const HttpServer::Handler& handler)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), options_(options), handler_(handler) {
    peer_ = peer_credentials(socket_.native_handle()).value_or(PeerCredentials{});
  }

  // Serves one request after another until the peer goes, misbehaves, or stop().
  asio::awaitable<void> run() {
    while (!is_stopped_ && co_await serve_one()) {
    }
    stop();
  }

  void stop() {
    is_stopped_ = true;
    Ec ignored;
    socket_.close(ignored);
    timer_.cancel();
  }

 private:
  asio::awaitable<bool> serve_one() {
    Parser parser;
    parser.header_limit(max_head);
    parser.body_limit(options_.max_body);
    const Ec ec = co_await read(parser);
    if (is_stopped_) co_return false;
    if (ec || is_too_slow_) {
      const auto status = refusal(ec, is_too_slow_, parser.got_some());
      if (status) co_await write(plain(*status), false, false);
      co_return false;
    }
    const bool keep_alive = parser.get().keep_alive();
    const bool only_head = parser.get().method() == http::verb::head;
    Response response = co_await ask(parser);
    if (is_stopped_) co_return false;
    co_return co_await write(std::move(response), keep_alive, only_head);
  }

  asio::awaitable<Ec> read(Parser& parser) {
    limit(options_.head_time, &Session::end_reading);
    const auto [head_ec, head_bytes] = co_await http::async_read_header(socket_, buffer_, parser, as_value);
    if (head_ec || is_too_slow_ || parser.is_done()) co_return head_ec;
    limit(options_.body_time, &Session::end_reading);
    if (boost::beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(socket_, asio::buffer(go_on), as_value);
    }
    const auto [body_ec, body_bytes] = co_await http::async_read(socket_, buffer_, parser, as_value);
    co_return body_ec;
  }

  asio::awaitable<Response> ask(Parser& parser) {
    auto message = parser.release();
    answer_.reset();
    is_asking_ = true;
    timer_.expires_after(options_.answer_time);
    handler_({std::string(message.method_string()), std::string(message.target()), std::move(message.body()),
              peer_},
             [weak = weak_from_this(), number = ++number_](Response response) {
               if (const auto self = weak.lock()) self->take(number, std::move(response));
             });
    if (!answer_ && !is_stopped_) co_await timer_.async_wait(as_value);
    is_asking_ = false;
    co_return answer_ ? std::move(*answer_) : plain(503);
  }

  void take(std::uint64_t number, Response response) {
    if (!is_asking_ || number != number_ || answer_) return;
    answer_ = std::move(response);
    timer_.cancel();
  }

  asio::awaitable<bool> write(Response response, bool keep_alive, bool only_head) {
    limit(options_.write_time, &Session::end_writing);
    const std::string head = head_of(response, keep_alive);
    const std::array<asio::const_buffer, 2> parts{
        asio::buffer(head), only_head ? asio::const_buffer() : asio::buffer(response.body)};
    const auto [ec, bytes] = co_await asio::async_write(socket_, parts, as_value);
    co_return !ec && keep_alive && !is_stopped_;
  }

  // Ends this step's reading or writing when `time` has passed.
  void limit(std::chrono::milliseconds time, void (Session::*end)()) {
    is_too_slow_ = false;
    timer_.expires_after(time);
    timer_.async_wait([weak = weak_from_this(), end](const Ec& ec) {
      const auto self = weak.lock();
      if (ec || !self || self->timer_.expiry() > std::chrono::steady_clock::now()) return;
      self->is_too_slow_ = true;
      (*self.*end)();
    });
  }
  // Unlike cancel() this holds for the reads to come, and leaves room for an answer.
  void end_reading() {
    Ec ignored;
    socket_.shutdown(Socket::shutdown_receive, ignored);
  }
  void end_writing() { stop(); }

  Socket socket_;
  asio::steady_timer timer_;
  const HttpServerOptions options_;
  const HttpServer::Handler handler_;
  PeerCredentials peer_;
  boost::beast::flat_buffer buffer_{max_buffer};
  std::optional<Response> answer_;
  std::uint64_t number_ = 0;  // of the request that is being answered
  bool is_asking_ = false;
  bool is_too_slow_ = false;
  bool is_stopped_ = false;
};

int family_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family;
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, Fd listener, HttpServerOptions the_options, Handler the_handler)
      : acceptor(io), pause(io), options(the_options), handler(std::move(the_handler)) {
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
      ++refused;
      return;
    }
    const auto session = std::make_shared<Session>(std::move(socket), options, handler);
    sessions.insert(session);
    asio::co_spawn(acceptor.get_executor(), session->run(),
                   [weak = weak_from_this(), session](const std::exception_ptr&) {
                     session->stop();
                     if (const auto self = weak.lock()) self->sessions.erase(session);
                   });
  }

  void stop() {
    Ec ignored;
    acceptor.close(ignored);
    pause.cancel();
    for (const auto& session : sessions) session->stop();
  }

  Acceptor acceptor;
  asio::steady_timer pause;
  HttpServerOptions options;
  Handler handler;
  std::set<std::shared_ptr<Session>> sessions;
  std::uint64_t refused = 0;
};

HttpServer::HttpServer(asio::io_context& io, Fd listener, HttpServerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(io, std::move(listener), options, std::move(handler))) {
  asio::co_spawn(io, [impl = impl_] { return impl->accept(); }, [impl = impl_](const std::exception_ptr&) {});
}

HttpServer::~HttpServer() {
  stop();
}

void HttpServer::stop() {
  impl_->stop();
}

std::size_t HttpServer::connections() const {
  return impl_->sessions.size();
}

std::uint64_t HttpServer::refused() const {
  return impl_->refused;
}

}  // namespace pannier::net
