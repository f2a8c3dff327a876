#include "net/http_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

namespace pannier::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Ec = boost::system::error_code;
using Request = http::request<http::string_body>;

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t max_head = 16 * 1024;
constexpr std::size_t max_buffer = 64 * 1024;
constexpr std::size_t small_body = 4 * 1024;
// Who sends more than that after the last answer will not hear it.
constexpr std::size_t linger_bodies = 4;

std::string_view reason(int status) {
  const auto text = http::obsolete_reason(static_cast<http::status>(status));
  return {text.data(), text.size()};
}

ServerResponse plain(int status) {
  return {status, "text/plain", std::string(reason(status)) + "\n"};
}

const std::string& body_of(const ServerResponse& response) {
  return response.shared_body ? *response.shared_body : response.body;
}

std::string head_of(const ServerResponse& response, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(reason(response.status)).append("\r\nContent-Type: ").append(response.content_type);
  head.append("\r\nContent-Length: ").append(std::to_string(body_of(response).size()));
  for (const auto& [name, value] : response.headers)
    head.append("\r\n").append(name).append(": ").append(value);
  if (!keep_alive) head.append("\r\nConnection: close");
  return head.append("\r\n\r\n");
}

// What a request that could not be read is answered with; nothing where the peer is simply gone.
std::optional<int> status_of(const Ec& ec, bool too_slow, bool has_begun) {
  if (too_slow) return has_begun ? std::optional(408) : std::nullopt;
  if (ec == http::error::body_limit) return 413;
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) return 431;
  const bool is_about_http = ec.category() == make_error_code(http::error::bad_method).category();
  const bool is_gone = ec == http::error::end_of_stream || ec == http::error::partial_message;
  return is_about_http && !is_gone ? std::optional(400) : std::nullopt;
}

HttpHead head_of(const Request& request) {
  const auto view = [](const auto& text) { return std::string_view(text.data(), text.size()); };
  HttpHead head{view(request.method_string()), view(request.target()), {}};
  for (const auto& field : request) head.headers.emplace_back(view(field.name_string()), view(field.value()));
  return head;
}

std::vector<std::pair<std::string, std::string>> headers_of(const Request& request) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& field : request) headers.emplace_back(field.name_string(), field.value());
  return headers;
}

// HTTP/1.0 would have to be told that the connection stays.
bool stays(const Request& request) {
  return request.version() >= 11 && request.keep_alive();
}

bool wants_go_ahead(const Request& request) {
  return boost::beast::iequals(request[http::field::expect], "100-continue");
}

}  // namespace

HttpSession::HttpSession(Socket socket, const HttpServerOptions& options, const HttpServer::Handler& handler,
                         std::shared_ptr<Shared> shared)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      options_(options),
      handler_(handler),
      shared_(std::move(shared)),
      buffer_(max_buffer) {
  peer_ = peer_credentials(socket_.native_handle()).value_or(PeerCredentials{});
}

asio::awaitable<void> HttpSession::run() {
  Next next = Next::request;
  while (!is_stopped_ && next == Next::request) next = co_await serve_one();
  if (!is_stopped_ && next == Next::goodbye) co_await linger();
  stop();
}

void HttpSession::stop() {
  is_stopped_ = true;
  Ec ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void HttpSession::end_soon() {
  ends_soon_ = true;
  if (!has_begun_ && !(parser_ && parser_->got_some())) stop();
}

asio::awaitable<HttpSession::Next> HttpSession::serve_one() {
  Parser& parser = parser_.emplace();
  parser.header_limit(max_head);
  parser.body_limit(boost::none);  // the judge comes first
  has_begun_ = buffer_.size() > 0;
  const Ec head_ec = co_await read_head();
  has_begun_ = true;
  if (head_ec || is_too_slow_ || is_stopped_) co_return co_await refuse(head_ec, parser.got_some());
  const bool only_head = parser.get().method() == http::verb::head;
  if (options_.judge) {
    auto refused = options_.judge(head_of(parser.get()));
    // The rest of a body would be taken for the next request.
    const bool keep_alive = parser.is_done() && stays(parser.get());
    if (refused) co_return co_await write(std::move(*refused), keep_alive, only_head);
  }
  const Ec body_ec = co_await read_body();
  if (body_ec || is_too_slow_ || is_busy_ || is_stopped_) co_return co_await refuse_body(body_ec);
  const bool keep_alive = stays(parser.get());
  ServerResponse response = co_await ask();
  release_body();
  co_return co_await write(std::move(response), keep_alive, only_head);
}

asio::awaitable<Ec> HttpSession::read_head() {
  limit(options_.head_time, &HttpSession::end_reading);
  const auto [ec, bytes] = co_await http::async_read_header(socket_, buffer_, *parser_, as_value);
  co_return ec;
}

asio::awaitable<Ec> HttpSession::read_body() {
  Parser& parser = *parser_;
  is_busy_ = false;
  if (parser.is_done()) co_return Ec();
  if (parser.content_length().value_or(0) > options_.max_body) co_return http::error::body_limit;
  parser.body_limit(options_.max_body);
  limit(options_.body_time, &HttpSession::end_reading);
  if (wants_go_ahead(parser.get())) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(socket_, asio::buffer(go_on), as_value);
  }
  // Beast reads as much at once as the buffer has room for.
  if (parser.content_length().value_or(max_buffer) > small_body) buffer_.reserve(max_buffer);
  parser.eager(true);
  while (!parser.is_done()) {
    const auto [ec, bytes] = co_await http::async_read_some(socket_, buffer_, parser, as_value);
    if (ec || is_too_slow_ || is_stopped_) co_return ec;
    if (!has_room_for_body()) co_return Ec();
  }
  co_return Ec();
}

bool HttpSession::has_room_for_body() {
  const std::size_t more = parser_->get().body().size() - charged_;
  is_busy_ = more > options_.all_bodies - std::min(shared_->bodies, options_.all_bodies);
  if (is_busy_) return false;
  charged_ += more;
  shared_->bodies += more;
  return true;
}

void HttpSession::release_body() {
  shared_->bodies -= std::exchange(charged_, 0);
}

asio::awaitable<HttpSession::Next> HttpSession::refuse_body(Ec ec) {
  parser_.reset();
  release_body();
  if (is_stopped_) co_return Next::nothing;
  if (is_busy_) co_return co_await write(options_.busy ? options_.busy() : plain(503), false, false);
  if (options_.unread) options_.unread(status_of(ec, is_too_slow_, true));
  co_return co_await refuse(ec, true);
}

asio::awaitable<HttpSession::Next> HttpSession::refuse(Ec ec, bool has_begun) {
  const auto status = status_of(ec, is_too_slow_, has_begun);
  if (!status || is_stopped_) co_return Next::nothing;
  co_return co_await write(plain(*status), false, false);
}

asio::awaitable<ServerResponse> HttpSession::ask() {
  auto message = parser_->release();
  answer_.reset();
  is_asking_ = true;
  timer_.expires_after(options_.answer_time);
  handler_({std::string(message.method_string()), std::string(message.target()), std::move(message.body()),
            peer_, headers_of(message)},
           [weak = weak_from_this(), number = ++number_](ServerResponse response) {
             if (const auto self = weak.lock()) self->take(number, std::move(response));
           });
  if (!answer_ && !is_stopped_) co_await timer_.async_wait(as_value);
  is_asking_ = false;
  co_return answer_ ? std::move(*answer_) : plain(503);
}

void HttpSession::take(std::uint64_t number, ServerResponse response) {
  if (!is_asking_ || number != number_ || answer_) return;
  answer_ = std::move(response);
  timer_.cancel();
}

asio::awaitable<HttpSession::Next> HttpSession::write(ServerResponse response, bool keep_alive,
                                                      bool only_head) {
  if (is_stopped_) co_return Next::nothing;
  keep_alive = keep_alive && !ends_soon_;
  ++shared_->counts.answers[response.status];
  limit(options_.write_time, &HttpSession::end_writing);
  const std::string head = head_of(response, keep_alive);
  const std::array<asio::const_buffer, 2> parts{
      asio::buffer(head), only_head ? asio::const_buffer() : asio::buffer(body_of(response))};
  const auto [ec, bytes] = co_await asio::async_write(socket_, parts, as_value);
  if (ec || is_stopped_) co_return Next::nothing;
  co_return keep_alive ? Next::request : Next::goodbye;
}

// A socket that is closed while its peer still sends is reset, and the peer loses the answer with it.
asio::awaitable<void> HttpSession::linger() {
  Ec ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  limit(options_.linger_time, &HttpSession::stop);
  std::array<char, 4096> waste{};
  std::size_t left = linger_bodies * options_.max_body + max_buffer;
  for (bool goes_on = true; goes_on && !is_stopped_;) {
    const auto [ec, bytes] = co_await socket_.async_read_some(asio::buffer(waste), as_value);
    goes_on = !ec && bytes <= left;
    left -= std::min(left, bytes);
  }
}

// Ends this step's reading or writing when `time` has passed.
void HttpSession::limit(std::chrono::milliseconds time, void (HttpSession::*end)()) {
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
void HttpSession::end_reading() {
  Ec ignored;
  socket_.shutdown(Socket::shutdown_receive, ignored);
}

void HttpSession::end_writing() {
  ++shared_->counts.unread;
  stop();
}

}  // namespace pannier::net
