#include "net/http_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

#include "base/units.h"

namespace pannier::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t read_size = 16 * 1024;

std::string place(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

// The endpoint of a host that is an IP address: the look-up thread need not be asked.
std::vector<tcp::endpoint> literal(const Url& url) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(url.host, ec);
  if (ec) return {};
  return {tcp::endpoint(address, url.port)};
}

// Without it Asio writes 64 KiB a call.
struct AllAtOnce {
  std::size_t operator()(const boost::system::error_code& ec, std::size_t) const {
    return ec ? 0 : 1U << 20U;
  }
};

}  // namespace

HttpConnection::HttpConnection(asio::io_context& io, std::shared_ptr<const HttpClientOptions> options)
    : HttpConnection(io, options, literal(options->url)) {}

HttpConnection::HttpConnection(asio::io_context& io, std::shared_ptr<const HttpClientOptions> options,
                               std::vector<Endpoint> endpoints)
    : options_(std::move(options)),
      socket_(io),
      resolver_(io),
      timer_(io),
      endpoints_(std::move(endpoints)),
      received_(AnswerReader::max_buffer + read_size) {}

bool HttpConnection::check_reusable() {
  if (stage_ != Stage::idle) return false;
  char byte = 0;
  const bool is_young = steady_now() - idle_since_ <= options_->max_idle;
  const bool is_quiet = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
                        (errno == EAGAIN || errno == EWOULDBLOCK);
  if (!is_young || !is_quiet) close();
  return is_young && is_quiet;
}

void HttpConnection::start(HttpRequest request) {
  request_ = std::move(request);
  outcome_ = {};
  is_through_ = false;
  deadline_ = steady_now() + options_->timeout;
  wake_at(deadline_);
  if (stage_ == Stage::idle)
    exchange();
  else if (endpoints_.empty())
    look_up();
  else
    connect();
}

void HttpConnection::retire() {
  retires_ = true;
  if (stage_ == Stage::idle) close();
}

void HttpConnection::look_up() {
  stage_ = Stage::looking_up;
  // The callbacks hold the connection, so that it outlives the client's interest in it.
  resolver_.async_resolve(
      options_->url.host, std::to_string(options_->url.port), tcp::resolver::numeric_service,
      [self = shared_from_this()](const Ec& ec, const tcp::resolver::results_type& results) {
        self->looked_up(ec, results);
      });
}

void HttpConnection::looked_up(const Ec& ec, const tcp::resolver::results_type& results) {
  if (stage_ != Stage::looking_up) return;
  if (ec) return fail("look up " + options_->url.host + ": " + ec.message());
  for (const auto& entry : results) endpoints_.push_back(entry.endpoint());
  if (endpoints_.empty()) return fail("look up " + options_->url.host + ": it has no address");
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
    return connect_next("connect to " + place(endpoints_[next_endpoint_ - 1]) + ": " +
                        (slow ? "no answer" : ec.message()));
  }
  Ec ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  exchange();
}

void HttpConnection::exchange() {
  stage_ = Stage::exchanging;
  reader_.start(options_->max_answer);
  buffers_.clear();
  buffers_.emplace_back(request_.head.data(), request_.head.size());
  for (const auto& part : request_.body) buffers_.emplace_back(part.data(), part.size());
  open_calls_ = 1;
  asio::async_write(socket_, buffers_, AllAtOnce{},
                    [self = shared_from_this()](const Ec& ec, std::size_t) { self->written(ec); });
  read_more();
}

void HttpConnection::written(const Ec& ec) {
  --open_calls_;
  // After a failed write the answer may still be there to be read: that of a server that wants no more.
  outcome_.handed_over = !ec;
  finish_when_quiet();
}

void HttpConnection::read_more() {
  ++open_calls_;
  socket_.async_read_some(
      received_.prepare(read_size),
      [self = shared_from_this()](const Ec& ec, std::size_t bytes) { self->read(ec, bytes); });
}

void HttpConnection::read(const Ec& ec, std::size_t bytes) {
  --open_calls_;
  if (is_through_) return finish_when_quiet();
  if (ec == asio::error::eof) return answered(reader_.end());
  if (ec) return fail("no answer: " + ec.message());
  received_.commit(bytes);
  answered(reader_.feed(received_));
}

void HttpConnection::answered(AnswerReader::State state) {
  if (state == AnswerReader::State::reading) return read_more();
  if (state == AnswerReader::State::failed) return fail(reader_.failure());
  outcome_.answer = std::move(reader_.answer());
  is_through_ = true;
  // What came behind the answer belongs to no request; what is not yet written would belong to the next one.
  const bool reusable =
      reader_.keeps_alive() && received_.size() == 0 && open_calls_ == 0 && outcome_.handed_over;
  if (!reusable) {
    retires_ = true;
    Ec ignored;
    socket_.close(ignored);
  }
  finish_when_quiet();
}

void HttpConnection::fail(std::string_view failure) {
  const bool was_open = request_.done && !is_through_;
  if (was_open) outcome_.failure = failure;
  close();
  if (!was_open) return;
  is_through_ = true;
  finish_when_quiet();
}

void HttpConnection::abandon() {
  request_ = {};
  close();
}

// `done` is told when the kernel holds none of our buffers any more.
void HttpConnection::finish_when_quiet() {
  if (!is_through_ || open_calls_ != 0 || !request_.done) return;
  const auto done = std::move(request_.done);
  auto outcome = std::move(outcome_);
  request_ = {};
  if (retires_ || stage_ == Stage::closed) {
    close();
  } else {
    stage_ = Stage::idle;
    idle_since_ = steady_now();
  }
  done(std::move(outcome));
}

void HttpConnection::close() {
  stage_ = Stage::closed;
  Ec ignored;
  socket_.close(ignored);
  resolver_.cancel();
  timer_.cancel();
}

void HttpConnection::wake_at(SteadyTime when) {
  if (timer_is_armed_ && timer_.expiry() <= when) return;
  timer_is_armed_ = true;
  timer_.expires_at(when);
  timer_.async_wait([self = shared_from_this()](const Ec& ec) {
    if (!ec) self->on_timer();
  });
}

void HttpConnection::on_timer() {
  timer_is_armed_ = false;
  if (stage_ == Stage::closed) return;
  const auto now = steady_now();
  if (stage_ == Stage::idle) {
    if (now - idle_since_ > options_->max_idle) return close();
    return wake_at(idle_since_ + options_->max_idle + std::chrono::milliseconds(1));
  }
  if (now >= deadline_) return give_up_waiting();
  if (stage_ != Stage::connecting) return wake_at(deadline_);
  if (now < connect_deadline_) return wake_at(connect_deadline_);
  Ec ignored;
  socket_.close(ignored);  // connected() goes on to the next address
}

void HttpConnection::give_up_waiting() {
  const std::string limit = " within " + units::duration_text(options_->timeout);
  if (stage_ == Stage::looking_up) return fail("look up " + options_->url.host + ": no answer" + limit);
  if (stage_ == Stage::connecting)
    return fail("connect to " + place(endpoints_[next_endpoint_ - 1]) + ": no answer" + limit);
  fail(outcome_.handed_over ? "no answer" + limit : "the request could not be written" + limit);
}

}  // namespace pannier::net
