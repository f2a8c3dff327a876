// The listeners: bound at start or handed over by the service manager, read on T1 (streams) and on a thread
// each (datagrams, HTTP), drained at the end. Threads: made and started from the main thread before T1 runs;
// every other member as it says.
#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/settings.h"
#include "daemon/handed_sockets.h"
#include "daemon/metrics.h"
#include "daemon/pipeline.h"
#include "net/unix_socket.h"
#include "receive/datagram_listener.h"
#include "receive/malti_listener.h"
#include "receive/stream_listener.h"

namespace pannier::daemon {

class Doors {
 public:
  using MakePipeline = std::function<std::unique_ptr<Pipeline>()>;

  struct Parts {
    boost::asio::io_context& intake;  // T1's
    observe::Ledger& ledger;
    receive::KeyJudge& keys;  // of the HTTP listener
    std::string own_id;       // requests that carry it were sent by ourselves
    MakePipeline make_pipeline;
  };

  // Opens what was handed over, and binds what else is configured. Errors name the setting.
  static Result<std::unique_ptr<Doors>> open(Parts parts, const receive::Options& options,
                                             HandedSockets handed);
  ~Doors();
  Doors(const Doors&) = delete;
  Doors& operator=(const Doors&) = delete;

  void start();  // before T1 runs
  // Any thread: what a reload may change, in force from the next read on.
  void set(const receive::Options& options, const std::shared_ptr<const Routing>& routing);
  void room_came();             // any thread
  void disk_works(bool works);  // any thread
  // Any thread: the spool has all reads up to this ticket (receive::ReadEnd).
  void committed(std::uint64_t watermark);
  // Any thread. Reads out what was sent, then closes; `done` is called on T1.
  void drain(const receive::Drain& bounds, std::function<void()> done);

  // Datagrams that the kernel dropped; any thread.
  [[nodiscard]] std::optional<std::uint64_t> kernel_dropped(observe::ListenerId listener) const;
  [[nodiscard]] std::vector<std::string> descriptions() const;  // "unix stream /run/…", for the log
  // The HTTP listener's own loop; none: it is off. Its facts: on that loop.
  [[nodiscard]] boost::asio::io_context* http_loop();
  [[nodiscard]] HttpFacts http_facts() const;

 private:
  struct Datagrams {
    std::unique_ptr<Pipeline> pipeline;
    std::unique_ptr<receive::DatagramListener> listener;
  };
  struct Http;
  explicit Doors(Parts parts);
  using Handed = std::optional<net::HandedSocket>;
  Fd keep_bound(net::UnixSocket socket, std::string_view title);
  Fd keep_handed(net::HandedSocket socket, std::string_view title);
  Result<void> open_stream(const receive::Options& options, Handed handed);
  Result<void> open_unix_datagram(const receive::Options& options, Handed handed);
  Result<void> open_udp(const receive::Options& options, Handed handed);
  void add_datagrams(Fd socket, observe::ListenerId id, const receive::Options& options,
                     const std::vector<uid_t>& allow_uids);
  Result<void> open_http(const receive::Options& options, Handed handed);
  void drain_http(const receive::Drain& bounds, std::function<void()> done);
  void drain_streams(const receive::Drain& bounds, std::function<void()> done);
  void close_datagrams();

  Parts parts_;
  std::vector<std::pair<std::string, net::FileId>> paths_;  // to be removed at the end
  std::vector<std::string> descriptions_;
  std::unique_ptr<Pipeline> stream_pipeline_;
  std::unique_ptr<receive::StreamListener> stream_;
  Datagrams unix_datagram_, udp_;
  std::unique_ptr<Http> http_;
};

}  // namespace pannier::daemon
