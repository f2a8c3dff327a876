#include "receive/stream_listener.h"

#include <sys/socket.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <optional>
#include <utility>

#include "net/unix_socket.h"
#include "receive/doorkeeper.h"
#include "receive/pause.h"
#include "receive/stream_peer.h"

namespace pannier::receive {

namespace asio = boost::asio;

namespace {

// The io_context's own executor: the type-erased one costs on each wait.
using Executor = asio::io_context::executor_type;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr std::size_t buffer_bytes = 256 * 1024 + record::line_padding;
constexpr int accepts_in_a_turn = 64;
constexpr int backlog_at_most = 4096;
constexpr std::chrono::milliseconds accept_again{100};
constexpr std::chrono::seconds last_words{1};  // for a peer that has ended and still reads acks

struct Connection {
  Connection(std::shared_ptr<void> listener, Descriptor socket, LineHandler& handler, CarryBudget& budget,
             std::size_t line_limit, std::optional<uid_t> uid)
      : owner(std::move(listener)),
        descriptor(std::move(socket)),
        peer(descriptor.native_handle(), handler, budget, line_limit, uid) {}

  std::shared_ptr<void> owner;  // the peer gives memory back to the owner's budget
  Descriptor descriptor;
  StreamPeer peer;
  std::size_t index = 0;               // in the table
  std::optional<SteadyTime> close_at;  // read to the end; only acks are left to be written
  bool is_parked = false;              // not waiting to read: streams pause
  bool is_waiting_to_write = false;
  bool is_closed = false;
};
using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace

class StreamListener::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& context, Fd listening, StreamSettings settings, Intake& intake)
      : executor_(context.get_executor()),
        acceptor_(executor_, listening.get()),
        accept_timer_(executor_),
        pause_timer_(executor_),
        sweep_timer_(executor_),
        drain_timer_(executor_),
        settings_(std::move(settings)),
        handler_(intake),
        pause_(settings_.max_pause),
        buffer_(new char[buffer_bytes]) {
    listening.release();
    door_.set(settings_.limits, settings_.allow_uids);
  }

  void start() { wait_to_accept(); }
  void set(StreamSettings settings);
  void room_came();
  void drain(const Drain& bounds, std::function<void()> done);
  void close_all();
  [[nodiscard]] std::size_t connections() const { return table_.size(); }
  [[nodiscard]] std::uint64_t accept_errors() const { return accept_errors_; }

 private:
  void wait_to_accept();
  bool accept_up_to(int connections);
  void admit(Fd fd);

  void wait_to_read(const ConnectionPtr& connection);
  void read(const ConnectionPtr& connection);
  void write(const ConnectionPtr& connection);
  void wait_to_write(const ConnectionPtr& connection);
  void finish(const ConnectionPtr& connection);
  void close(ConnectionPtr connection);

  [[nodiscard]] bool is_paused();
  void start_pause(SteadyTime now);
  void go_on();

  void sweep_by(SteadyTime time);
  void sweep();
  [[nodiscard]] std::optional<SteadyTime> deadline_of(const Connection& connection) const;

  void read_out();
  void cut_off();
  void at_nobody_left();
  void after(Timer& timer, void (Impl::*what)());

  Executor executor_;
  Descriptor acceptor_;
  Timer accept_timer_, pause_timer_, sweep_timer_, drain_timer_;
  StreamSettings settings_;
  LineHandler handler_;
  CarryBudget budget_;
  Pause pause_;
  std::unique_ptr<char[]> buffer_;  // of all connections: a read is done with when the next begins
  std::vector<ConnectionPtr> table_;
  Doorkeeper door_;
  std::uint64_t accept_errors_ = 0;
  std::optional<SteadyTime> sweep_at_;

  std::optional<Drain> waiting_for_clients_;
  std::chrono::milliseconds read_out_time_{0};
  std::function<void()> drained_;
  bool is_draining_ = false;
  bool is_closed_ = false;
};

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
    if (connection->close_at && !connection->is_waiting_to_write) close(connection);
  });
}

// Read to its end. It stays a moment if its peer has acks to read before it may be told the last one.
void StreamListener::Impl::finish(const ConnectionPtr& connection) {
  connection->peer.finish();
  write(connection);
  if (!connection->is_waiting_to_write) return close(connection);
  connection->close_at = steady_now() + last_words;
  sweep_by(*connection->close_at);
}

// A copy, because what is handed in may be the table's own.
void StreamListener::Impl::close(ConnectionPtr connection) {  // NOLINT(performance-unnecessary-value-param)
  connection->is_closed = true;
  boost::system::error_code ignored;
  connection->descriptor.close(ignored);
  table_[connection->index] = table_.back();
  table_[connection->index]->index = connection->index;
  table_.pop_back();
  door_.left(connection->peer.uid());
  if (table_.empty()) at_nobody_left();
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

// ---- deadlines

std::optional<SteadyTime> StreamListener::Impl::deadline_of(const Connection& connection) const {
  if (connection.close_at) return connection.close_at;
  const auto since = connection.peer.unfinished_since();
  if (!since) return std::nullopt;
  return *since + settings_.limits.unfinished_line;
}

void StreamListener::Impl::sweep_by(SteadyTime time) {
  if (sweep_at_ && *sweep_at_ <= time) return;
  sweep_at_ = time;
  sweep_timer_.expires_at(time);
  after(sweep_timer_, &Impl::sweep);
}

// Backwards, because close() puts the last one in the place of the closed one.
void StreamListener::Impl::sweep() {
  sweep_at_.reset();
  const SteadyTime now = steady_now();
  for (std::size_t index = table_.size(); index-- > 0;) {
    const ConnectionPtr connection = table_[index];
    const auto deadline = deadline_of(*connection);
    if (!deadline) continue;
    if (*deadline > now) {
      sweep_by(*deadline);
    } else if (connection->close_at) {
      close(connection);
    } else {
      handler_.intake().limit_hit(observe::ListenerId::unix_stream, Limit::unfinished_line);
      connection->peer.cut_off();
      finish(connection);
    }
  }
}

// ---- settings and the end

void StreamListener::Impl::set(StreamSettings settings) {
  settings_ = std::move(settings);
  door_.set(settings_.limits, settings_.allow_uids);
  pause_.set_longest(settings_.max_pause);
  for (const ConnectionPtr& connection : table_) connection->peer.set_line_limit(settings_.limits.line);
  if (sweep_at_) sweep();
}

void StreamListener::Impl::drain(const Drain& bounds, std::function<void()> done) {
  drained_ = std::move(done);
  read_out_time_ = bounds.read_out;
  accept_up_to(backlog_at_most);
  if (bounds.wait_for_clients.count() == 0 || table_.empty()) return read_out();
  waiting_for_clients_ = bounds;
  drain_timer_.expires_after(bounds.wait_for_clients);
  after(drain_timer_, &Impl::read_out);
}

void StreamListener::Impl::read_out() {
  if (std::exchange(is_draining_, true)) return;
  accept_up_to(backlog_at_most);
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const ConnectionPtr& connection : table_) connection->peer.refuse_more();
  go_on();
  drain_timer_.expires_after(read_out_time_);
  after(drain_timer_, &Impl::cut_off);
  if (table_.empty()) at_nobody_left();
}

void StreamListener::Impl::cut_off() {
  while (!table_.empty()) {
    const ConnectionPtr connection = table_.back();
    if (!connection->close_at) connection->peer.cut_off();
    close(connection);
  }
}

void StreamListener::Impl::at_nobody_left() {
  if (is_draining_) {
    drain_timer_.cancel();
    if (drained_) asio::post(executor_, std::exchange(drained_, nullptr));
  } else if (waiting_for_clients_) {
    read_out();
  }
}

void StreamListener::Impl::close_all() {
  is_closed_ = true;
  drained_ = nullptr;
  waiting_for_clients_.reset();
  while (!table_.empty()) close(ConnectionPtr(table_.back()));
  for (Timer* timer : {&accept_timer_, &pause_timer_, &sweep_timer_, &drain_timer_}) timer->cancel();
  boost::system::error_code ignored;
  acceptor_.close(ignored);
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
