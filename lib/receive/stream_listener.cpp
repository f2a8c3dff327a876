#include "receive/stream_listener.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "net/unix_socket.h"
#include "receive/stream_listener_impl.h"

namespace pannier::receive {

namespace asio = boost::asio;

namespace {

constexpr int accepts_in_a_turn = 64;
constexpr std::chrono::milliseconds accept_again{100};

}  // namespace

// ---- accepting

void StreamListener::Impl::wait_to_accept() {
  acceptor_.async_wait(Descriptor::wait_read, [self = shared_from_this()](boost::system::error_code) {
    if (self->is_closed_ || self->is_draining_) return;
    if (self->accept_up_to(accepts_in_a_turn)) return self->wait_to_accept();
    self->accept_timer_.expires_after(accept_again);
    self->after(self->accept_timer_, &Impl::wait_to_accept);
  });
}

// False: the system has no room for a connection now.
bool StreamListener::Impl::accept_up_to(int connections) {
  for (int taken = 0; taken < connections; ++taken) {
    Fd fd(::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      admit(std::move(fd));
    } else if (errno == EAGAIN) {
      return true;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      ++accept_errors_;
      return false;
    }
  }
  return true;
}

void StreamListener::Impl::admit(Fd fd) {
  const auto credentials = net::peer_credentials(fd.get());
  const auto uid = credentials ? std::optional(credentials->uid) : std::nullopt;
  if (const auto limit = door_.refuses(uid)) {
    handler_.intake().limit_hit(observe::ListenerId::unix_stream, *limit);
    return;
  }
  Descriptor descriptor(executor_);
  boost::system::error_code error;
  descriptor.assign(fd.get(), error);
  if (error) {
    ++accept_errors_;
    return;
  }
  fd.release();
  const auto connection = std::make_shared<Connection>(shared_from_this(), std::move(descriptor), handler_,
                                                       budget_, settings_.limits.line, uid);
  connection->index = table_.size();
  table_.push_back(connection);
  door_.came(uid);
  wait_to_read(connection);
}

// ---- one connection

void StreamListener::Impl::wait_to_read(const ConnectionPtr& connection) {
  connection->descriptor.async_wait(Descriptor::wait_read, [this, connection](boost::system::error_code) {
    if (!connection->is_closed && !connection->close_at) read(connection);
  });
}

void StreamListener::Impl::read(const ConnectionPtr& connection) {
  if (is_paused()) {
    connection->is_parked = true;
    return;
  }
  bool pause = false;
  const SteadyTime now = steady_now();
  const Came came = connection->peer.read({buffer_.get(), buffer_bytes}, now, pause);
  if (came == Came::end) return finish(connection);
  if (pause) start_pause(now);
  if (const auto deadline = deadline_of(*connection)) sweep_by(*deadline);
  if (connection->peer.awaits_commit()) await_commit(*connection);
  write(connection);
  wait_to_read(connection);
}

void StreamListener::Impl::write(const ConnectionPtr& connection) {
  if (connection->is_waiting_to_write || connection->peer.write()) return;
  wait_to_write(connection);
}

void StreamListener::Impl::wait_to_write(const ConnectionPtr& connection) {
  connection->is_waiting_to_write = true;
  connection->descriptor.async_wait(Descriptor::wait_write, [this, connection](boost::system::error_code) {
    if (connection->is_closed) return;
    connection->is_waiting_to_write = false;
    write(connection);
    if (connection->close_at) linger(connection);
  });
}

// ---- acks that wait for the spool

void StreamListener::Impl::await_commit(Connection& connection) {
  connection.peer.committed(watermark_);  // it may have been before the read's end was told
  if (!connection.peer.awaits_commit() || connection.among_awaiting) return;
  connection.among_awaiting = awaiting_.size();
  awaiting_.push_back(&connection);
}

void StreamListener::Impl::await_no_more(Connection& connection) {
  if (!connection.among_awaiting) return;
  awaiting_[*connection.among_awaiting] = awaiting_.back();
  awaiting_.back()->among_awaiting = connection.among_awaiting;
  awaiting_.pop_back();
  connection.among_awaiting.reset();
}

// Backwards, because who awaits no more is replaced by the last one.
void StreamListener::Impl::committed(std::uint64_t watermark) {
  watermark_ = std::max(watermark_, watermark);
  for (std::size_t index = awaiting_.size(); index-- > 0;) {
    const ConnectionPtr connection = table_[awaiting_[index]->index];
    const bool has_news = connection->peer.committed(watermark_);
    if (!connection->peer.awaits_commit()) await_no_more(*connection);
    if (has_news) write(connection);
    if (connection->close_at) linger(connection);
  }
}

// ---- pausing

bool StreamListener::Impl::is_paused() {
  return !is_draining_ && pause_.until() && pause_.is_on(steady_now());
}

void StreamListener::Impl::start_pause(SteadyTime now) {
  if (is_draining_ || pause_.until()) return;
  pause_.ask(now);
  if (!pause_.until()) return;
  pause_timer_.expires_at(*pause_.until());
  after(pause_timer_, &Impl::go_on);
}

void StreamListener::Impl::room_came() {
  pause_.room_came();
  pause_timer_.cancel();
  go_on();
}

void StreamListener::Impl::go_on() {
  for (const ConnectionPtr& connection : table_) {
    if (std::exchange(connection->is_parked, false)) wait_to_read(connection);
  }
}

// ---- settings

void StreamListener::Impl::set(StreamSettings settings) {
  settings_ = std::move(settings);
  door_.set(settings_.limits, settings_.allow_uids);
  pause_.set_longest(settings_.max_pause);
  for (const ConnectionPtr& connection : table_) connection->peer.set_line_limit(settings_.limits.line);
  if (sweep_at_) sweep();
}

void StreamListener::Impl::after(Timer& timer, void (Impl::*what)()) {
  timer.async_wait([self = shared_from_this(), what](boost::system::error_code error) {
    if (!error && !self->is_closed_) (self.get()->*what)();
  });
}

// ---- the outside

StreamListener::StreamListener(asio::io_context& context, Fd listening, StreamSettings settings,
                               Intake& intake)
    : impl_(std::make_shared<Impl>(context, std::move(listening), std::move(settings), intake)) {}
StreamListener::~StreamListener() {
  impl_->close_all();
}

void StreamListener::start() {
  impl_->start();
}
void StreamListener::set(StreamSettings settings) {
  impl_->set(std::move(settings));
}
void StreamListener::room_came() {
  impl_->room_came();
}
void StreamListener::committed(std::uint64_t watermark) {
  impl_->committed(watermark);
}
void StreamListener::drain(const Drain& bounds, std::function<void()> done) {
  impl_->drain(bounds, std::move(done));
}
std::size_t StreamListener::connections() const {
  return impl_->connections();
}
std::uint64_t StreamListener::accept_errors() const {
  return impl_->accept_errors();
}

}  // namespace pannier::receive
