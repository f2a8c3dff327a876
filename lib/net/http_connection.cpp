#include "net/http_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/write.hpp>

#include "base/units.h"

namespace pannier::net {
namespace {

namespace asio = boost::asio;

constexpr std::size_t encrypted_at_once = 64 * 1024;

// Without it Asio writes 64 KiB a call.
struct AllAtOnce {
  std::size_t operator()(const boost::system::error_code& ec, std::size_t) const {
    return ec ? 0 : 1U << 20U;
  }
};

}  // namespace

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

void HttpConnection::exchange() {
  stage_ = Stage::exchanging;
  reader_.start(options_->max_answer);
  buffers_.clear();
  buffers_.emplace_back(request_.head.data(), request_.head.size());
  for (const auto& part : request_.body) buffers_.emplace_back(part.data(), part.size());
  if (tls_) {
    next_part_ = encrypted_ = 0;
    write_encrypted();
    return decrypt_more();
  }
  ++open_calls_;
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
      tls_ ? asio::mutable_buffer(asio::buffer(tls_->room())) : received_.prepare(read_size),
      [self = shared_from_this()](const Ec& ec, std::size_t bytes) { self->read(ec, bytes); });
}

void HttpConnection::read(const Ec& ec, std::size_t bytes) {
  --open_calls_;
  if (is_through_) return finish_when_quiet();
  if (ec == asio::error::eof) return ended();
  if (ec) return is_refused() ? answered(AnswerReader::State::done) : fail(stage_name() + ec.message());
  if (tls_) {
    tls_->took(bytes);
    return stage_ == Stage::handshaking ? shake_hands() : decrypt_more();
  }
  received_.commit(bytes);
  if (stage_ == Stage::tunnelling) return tunnel_answered(reader_.feed(received_));
  answered(reader_.feed(received_));
}

// A server that refuses may break off because it reads no further: the head says enough.
bool HttpConnection::is_refused() {
  return stage_ == Stage::exchanging && reader_.end() == AnswerReader::State::done &&
         reader_.answer().status >= 400;
}

void HttpConnection::ended() {
  if (stage_ != Stage::exchanging) return fail(stage_name() + "the connection was closed");
  const auto state = reader_.end();
  // An answer that ends with its connection is whole when the peer has signed that: else anybody could cut
  // it.
  if (tls_ && state == AnswerReader::State::done && reader_.answer().status < 400)
    return fail("the connection was closed in the middle of the answer");
  answered(state);
}

void HttpConnection::answered(AnswerReader::State state) {
  if (state == AnswerReader::State::reading) return read_more();
  if (state == AnswerReader::State::failed) return fail(reader_.failure());
  if (const std::string why = refusal(); !why.empty()) {
    outcome_.handed_over = false;  // only a gatekeeper has read it
    return fail(why);
  }
  outcome_.answer = std::move(reader_.answer());
  is_through_ = true;
  // What came behind the answer belongs to no request; what is not yet written would belong to the next one.
  const bool reusable = reader_.keeps_alive() && received_.size() == 0 && open_calls_ == 0 &&
                        outcome_.handed_over && (!tls_ || tls_->is_quiet());
  if (!reusable) {
    retires_ = true;
    Ec ignored;
    socket_.close(ignored);
  }
  finish_when_quiet();
}

// An answer that comes from before the backend.
std::string HttpConnection::refusal() {
  const int status = reader_.answer().status;
  if (options_->proxy && !has_tunnel()) {
    // A backend speaks JSON: a page is the proxy's.
    const bool is_page = reader_.answer().content_type.starts_with("text/html");
    if (status == 407 || (status == 401 && is_page)) return proxy_auth_failure();
    if (status == 403 && is_page)
      return "the proxy " + options_->proxy->authority() + ", or one behind it, shows a page (403)";
  }
  if (status != 400) return {};
  const std::string complaint = tls_complaint(reader_.answer().body);
  return complaint.empty() ? complaint : options_->url.authority() + ": " + complaint;
}

// One write at a time; what TLS itself has to say goes along.
void HttpConnection::write_encrypted() {
  if (is_sending_) return;
  if (stage_ == Stage::exchanging) encrypt_more();
  if (tls_->output_size() == 0) return;
  tls_->move_output_to(sending_);
  is_sending_ = true;
  ++open_calls_;
  asio::async_write(socket_, asio::buffer(sending_), AllAtOnce{},
                    [self = shared_from_this()](const Ec& ec, std::size_t) { self->written_encrypted(ec); });
}

void HttpConnection::encrypt_more() {
  while (next_part_ < buffers_.size() && tls_->output_size() < encrypted_at_once) {
    const asio::const_buffer rest = buffers_[next_part_] + encrypted_;
    const std::size_t size = std::min(rest.size(), read_size);
    tls_->encrypt({static_cast<const char*>(rest.data()), size});
    encrypted_ += size;
    if (size < rest.size()) continue;
    ++next_part_;
    encrypted_ = 0;
  }
}

void HttpConnection::written_encrypted(const Ec& ec) {
  is_sending_ = false;
  --open_calls_;
  if (!ec && !is_through_ && tls_) {
    const bool was_last = stage_ == Stage::exchanging && next_part_ == buffers_.size();
    if (was_last && tls_->output_size() == 0) outcome_.handed_over = true;
    write_encrypted();
  }
  finish_when_quiet();
}

void HttpConnection::decrypt_more() {
  for (;;) {
    const auto room = received_.prepare(read_size);
    const std::size_t bytes = tls_->decrypt(static_cast<char*>(room.data()), room.size());
    if (bytes == 0) break;
    received_.commit(bytes);
    const auto state = reader_.feed(received_);
    if (state != AnswerReader::State::reading) return answered(state);
  }
  if (tls_->ended()) return answered(reader_.end());
  if (tls_->failed()) {
    // In TLS 1.3 a client's certificate is judged when the request is already on its way.
    const auto kind = tls_->failure().kind;
    if (kind == TlsFailure::Kind::certificate_wanted || kind == TlsFailure::Kind::certificate_refused)
      outcome_.handed_over = false;
    return fail(tls_failure());
  }
  write_encrypted();
  read_more();
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
  if (tls_) say_goodbye();
  stage_ = Stage::closed;
  Ec ignored;
  socket_.close(ignored);
  resolver_.cancel();
  timer_.cancel();
}

// TLS's last words, among them why it failed, as far as the kernel takes them at once.
void HttpConnection::say_goodbye() {
  if (is_sending_ || !socket_.is_open()) return;
  tls_->say_goodbye();
  tls_->move_output_to(sending_);
  ::send(socket_.native_handle(), sending_.data(), sending_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
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
  if (stage_ != Stage::exchanging) return fail(stage_name() + "no answer" + limit);
  fail(outcome_.handed_over ? "no answer" + limit : "the request could not be written" + limit);
}

}  // namespace pannier::net
