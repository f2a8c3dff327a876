// The Unix stream socket: accepts, reads all connections in turn into one buffer of the thread, answers hello
// and acks. What a line means is Session's business, when streams pause is Pause's. Users: daemon, one for
// each intake thread. Threads: all members and the Intake's calls on the io_context's one thread; destroyed
// before the io_context, from that thread or after it has ended. Limits: `connections` and
// `connections_per_uid` (over them: accepted, closed at once, counted), one read of at most 256 KiB a
// connection and turn, a begun line closed after `unfinished_line`; one that has
// ended stays for what is to be acked, at most `slowest_commit` for that to be committed and 1 s for its peer
// to read. A full table of descriptors or no memory for a connection: accepting goes on 100 ms later, counted
// in accept_errors().
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "receive/intake.h"
#include "receive/options.h"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): Asio's name
}

namespace pannier::receive {

// What a reload may change. Connections that exist stay.
struct StreamSettings {
  Limits limits;
  std::vector<uid_t> allow_uids;  // empty: all
  std::chrono::milliseconds max_pause{1000};
  // How long a connection that has ended stays at most for the commit of what its last ack is to say.
  std::chrono::milliseconds slowest_commit{5000};
};

// How a drain is bounded.
struct Drain {
  std::chrono::milliseconds wait_for_clients{0};  // at first goes on as ever until nobody is connected
  std::chrono::milliseconds read_out{5000};       // then what was sent is read to its end
};

class StreamListener {
 public:
  // `listening` is bound and listens. REQUIRES: `intake` outlives the listener.
  StreamListener(boost::asio::io_context& context, Fd listening, StreamSettings settings, Intake& intake);
  ~StreamListener();  // closes all at once; unread lines are lost
  StreamListener(const StreamListener&) = delete;
  StreamListener& operator=(const StreamListener&) = delete;

  void start();
  void set(StreamSettings settings);
  void room_came();  // after end_read asked for a pause: the lanes can take records again
  // The spool has all reads whose ticket is not above this one: who waits for that is told. Cost: a visit of
  // those who wait.
  void committed(std::uint64_t watermark);

  // Takes what is in the backlog, accepts no more, lets nobody send any more (SHUT_RD), reads to the end,
  // acks (a commit may have to come for that: committed() goes on), closes. `done` is called once, not from
  // within drain(); not at all if the listener is destroyed before.
  void drain(const Drain& bounds, std::function<void()> done);

  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::uint64_t accept_errors() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pannier::receive
