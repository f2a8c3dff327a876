// How a connection comes about: look-up, each address in turn, the proxy's tunnel, the TLS handshake. A
// failed handshake does not go on to the next address: the name's certificate is wrong at all of them.
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

#include "net/http_connection.h"

namespace pannier::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

const std::string& host_to_call(const HttpClientOptions& options) {
  return options.proxy ? options.proxy->host : options.url.host;
}

std::uint16_t port_to_call(const HttpClientOptions& options) {
  return options.proxy ? options.proxy->port : options.url.port;
}

// The endpoint of a host that is an IP address: the look-up thread need not be asked.
std::vector<tcp::endpoint> literal(const HttpClientOptions& options) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(host_to_call(options), ec);
  if (ec) return {};
  return {tcp::endpoint(address, port_to_call(options))};
}

}  // namespace

HttpConnection::HttpConnection(asio::io_context& io, const std::shared_ptr<const HttpClientOptions>& options)
    : HttpConnection(io, options, literal(*options)) {}

HttpConnection::HttpConnection(asio::io_context& io, std::shared_ptr<const HttpClientOptions> options,
                               std::vector<Endpoint> endpoints)
    : options_(std::move(options)),
      socket_(io),
      resolver_(io),
      timer_(io),
      endpoints_(std::move(endpoints)),
      received_(AnswerReader::max_buffer + read_size) {}

void HttpConnection::look_up() {
  stage_ = Stage::looking_up;
  // The callbacks hold the connection, so that it outlives the client's interest in it.
  resolver_.async_resolve(
      host_to_call(*options_), std::to_string(port_to_call(*options_)), tcp::resolver::numeric_service,
      [self = shared_from_this()](const Ec& ec, const tcp::resolver::results_type& results) {
        self->looked_up(ec, results);
      });
}

void HttpConnection::looked_up(const Ec& ec, const tcp::resolver::results_type& results) {
  if (stage_ != Stage::looking_up) return;
  if (ec) return fail(stage_name() + ec.message());
  for (const auto& entry : results) endpoints_.push_back(entry.endpoint());
  if (endpoints_.empty()) return fail(stage_name() + "it has no address");
  connect();
}

void HttpConnection::connect() {
  stage_ = Stage::connecting;
  connect_next({});
}

void HttpConnection::connect_next(std::string_view last_failure) {
  if (next_endpoint_ == endpoints_.size()) return fail(last_failure);
  const auto now = steady_now();
  // An address that swallows our calls must leave time for those behind it.
  const auto share = (deadline_ - now) / static_cast<int>(endpoints_.size() - next_endpoint_);
  connect_deadline_ = now + share;
  wake_at(connect_deadline_);
  Ec ignored;
  socket_.close(ignored);
  socket_.async_connect(endpoints_[next_endpoint_++],
                        [self = shared_from_this()](const Ec& ec) { self->connected(ec); });
}

void HttpConnection::connected(const Ec& ec) {
  if (stage_ != Stage::connecting) return;
  if (ec || !socket_.is_open()) {
    const bool slow = !ec || ec == asio::error::operation_aborted;  // the timer has closed it
    return connect_next(stage_name() + (slow ? "no answer" : ec.message()));
  }
  Ec ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  if (has_tunnel()) return ask_for_tunnel();
  if (options_->url.scheme == "https") return begin_tls();
  exchange();
}

void HttpConnection::ask_for_tunnel() {
  stage_ = Stage::tunnelling;
  reader_.start_without_body();
  opening_ = tunnel_request(*options_->proxy, options_->url, options_->user_agent);
  ++open_calls_;
  asio::async_write(socket_, asio::buffer(opening_), [self = shared_from_this()](const Ec&, std::size_t) {
    --self->open_calls_;
    self->finish_when_quiet();
  });
  read_more();
}

void HttpConnection::tunnel_answered(AnswerReader::State state) {
  if (state == AnswerReader::State::reading) return read_more();
  if (state == AnswerReader::State::failed) return fail(stage_name() + std::string(reader_.failure()));
  const int status = reader_.answer().status;
  // tinyproxy says 401 of a wrong password.
  if (status == 407 || status == 401) return fail(proxy_auth_failure());
  if (status / 100 != 2)
    return fail(stage_name() + "it refuses a tunnel to " +
                host_and_port(options_->url.host, options_->url.port) + " (" + std::to_string(status) + ")");
  // In a tunnel the client speaks first.
  if (received_.size() != 0) return fail(stage_name() + "it answers CONNECT with a page instead of a tunnel");
  begin_tls();
}

std::string HttpConnection::proxy_auth_failure() {
  outcome_.wants_proxy_auth = true;
  const std::string status = " (" + std::to_string(reader_.answer().status) + ")";
  const std::string name = "the proxy " + options_->proxy->authority();
  if (options_->proxy->auth.empty())
    return name + " wants user and password" + status + "; give them in proxy.auth";
  return name + " refuses our user and password" + status;
}

void HttpConnection::begin_tls() {
  stage_ = Stage::handshaking;
  tls_ = std::make_unique<TlsSession>(options_->tls);
  shake_hands();
}

void HttpConnection::shake_hands() {
  switch (tls_->shake_hands()) {
    case TlsSession::Step::failed: return fail(tls_failure());
    case TlsSession::Step::done: return exchange();
    case TlsSession::Step::more: write_encrypted(); return read_more();
  }
}

std::string HttpConnection::tls_failure() const {
  const TlsFailure& failure = tls_->failure();
  if (has_tunnel() && failure.kind == TlsFailure::Kind::not_tls)
    return "the proxy " + options_->proxy->authority() +
           ": what it answers CONNECT with is no tunnel: no TLS comes out of it";
  return "TLS with " + options_->url.authority() + ": " + failure.what;
}

std::string HttpConnection::stage_name() const {
  const std::string whose = options_->proxy ? " (the proxy): " : ": ";
  switch (stage_) {
    case Stage::looking_up: return "look up " + host_to_call(*options_) + whose;
    case Stage::connecting: {
      const Endpoint& at = endpoints_[next_endpoint_ - 1];
      return "connect to " + host_and_port(at.address().to_string(), at.port()) + whose;
    }
    case Stage::tunnelling: return "the proxy " + options_->proxy->authority() + ": ";
    case Stage::handshaking: return "TLS with " + options_->url.authority() + ": ";
    default: return "the connection broke: ";
  }
}

}  // namespace pannier::net
