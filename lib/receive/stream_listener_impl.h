// The inside of the stream listener: who is connected, and what is done when. Accepting, reading, pausing and
// acks are in stream_listener.cpp; how connections and the listener come to their ends is in
// stream_listener_end.cpp. Users: these two alone. Threads: that of the io_context.
#pragma once
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <optional>
#include <utility>

#include "receive/doorkeeper.h"
#include "receive/pause.h"
#include "receive/stream_listener.h"
#include "receive/stream_peer.h"

namespace pannier::receive {

class StreamListener::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& context, Fd listening, StreamSettings settings, Intake& intake)
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
  void committed(std::uint64_t watermark);
  void drain(const Drain& bounds, std::function<void()> done);
  void close_all();
  [[nodiscard]] std::size_t connections() const { return table_.size(); }
  [[nodiscard]] std::uint64_t accept_errors() const { return accept_errors_; }

 private:
  // The io_context's own executor: the type-erased one costs on each wait.
  using Executor = boost::asio::io_context::executor_type;
  using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  struct Connection {
    Connection(std::shared_ptr<void> listener, Descriptor socket, LineHandler& handler, CarryBudget& budget,
               std::size_t line_limit, std::optional<uid_t> uid)
        : owner(std::move(listener)),
          descriptor(std::move(socket)),
          peer(descriptor.native_handle(), handler, budget, line_limit, uid) {}

    std::shared_ptr<void> owner;  // the peer gives memory back to the owner's budget
    Descriptor descriptor;
    StreamPeer peer;
    std::size_t index = 0;                      // in table_
    std::optional<std::size_t> among_awaiting;  // in awaiting_
    std::optional<SteadyTime> close_at;         // read to the end; only acks are left to be written
    bool is_parked = false;                     // not waiting to read: streams pause
    bool is_waiting_to_write = false;
    bool is_closed = false;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  static constexpr std::size_t buffer_bytes = 256 * 1024 + record::line_padding;

  void wait_to_accept();
  bool accept_up_to(int connections);
  void admit(Fd fd);

  void wait_to_read(const ConnectionPtr& connection);
  void read(const ConnectionPtr& connection);
  void write(const ConnectionPtr& connection);
  void wait_to_write(const ConnectionPtr& connection);

  void await_commit(Connection& connection);
  void await_no_more(Connection& connection);

  [[nodiscard]] bool is_paused();
  void start_pause(SteadyTime now);
  void go_on();

  // The ends: stream_listener_end.cpp.
  void finish(const ConnectionPtr& connection);
  void linger(const ConnectionPtr& connection);
  void close(ConnectionPtr connection);
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
  std::vector<Connection*> awaiting_;  // those of the table that are to be told of a commit
  std::uint64_t watermark_ = 0;        // what the spool has committed
  Doorkeeper door_;
  std::uint64_t accept_errors_ = 0;
  std::optional<SteadyTime> sweep_at_;

  std::optional<Drain> waiting_for_clients_;
  std::chrono::milliseconds read_out_time_{0};
  std::function<void()> drained_;
  bool is_draining_ = false;
  bool is_closed_ = false;
};

}  // namespace pannier::receive
