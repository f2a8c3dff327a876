// How connections and the listener come to their ends: last words, deadlines, the drain.
#include <algorithm>
#include <boost/asio/post.hpp>

#include "receive/stream_listener_impl.h"

namespace pannier::receive {

namespace {

constexpr int backlog_at_most = 4096;
constexpr std::chrono::milliseconds last_words{1000};  // for a peer that has ended and still reads acks

}  // namespace

// ---- a connection's end

// Read to its end. It stays for a moment if its peer may still be told an ack.
void StreamListener::Impl::finish(const ConnectionPtr& connection) {
  connection->peer.finish();
  await_commit(*connection);
  write(connection);
  linger(connection);
}

// Until nothing more is to be said to it, or it has had its time; that is never made longer.
void StreamListener::Impl::linger(const ConnectionPtr& connection) {
  const bool commit_is_missing = connection->peer.awaits_commit() && !connection->peer.is_gone();
  if (!commit_is_missing && !connection->is_waiting_to_write) return close(connection);
  const SteadyTime until = steady_now() + (commit_is_missing ? settings_.slowest_commit : last_words);
  connection->close_at = std::min(connection->close_at.value_or(until), until);
  sweep_by(*connection->close_at);
}

// A copy, because what is handed in may be the table's own.
void StreamListener::Impl::close(ConnectionPtr connection) {  // NOLINT(performance-unnecessary-value-param)
  connection->is_closed = true;
  await_no_more(*connection);
  boost::system::error_code ignored;
  connection->descriptor.close(ignored);
  table_[connection->index] = table_.back();
  table_[connection->index]->index = connection->index;
  table_.pop_back();
  door_.left(connection->peer.uid());
  if (table_.empty()) at_nobody_left();
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

// ---- the drain

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
    if (drained_) boost::asio::post(executor_, std::exchange(drained_, nullptr));
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

}  // namespace pannier::receive
