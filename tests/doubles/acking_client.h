// A shim that keeps each record until it was acknowledged, as WIRE.md asks for it: numbered records over a
// Unix stream, hello with ack, and after a broken connection what was not acknowledged once more, with
// `again`. It goes on until finish(), whoever dies meanwhile. It has a thread of its own. Threads: every
// member may be called from one thread, the numbers from any.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "tests/doubles/clients.h"

namespace pannier::doubles {

class AckingClient {
 public:
  struct Options {
    std::string path;                        // of the socket
    std::uint64_t first = 0;                 // its records are numbered from here on
    std::uint64_t most_unacknowledged = 50;  // so many are on their way at once
    std::uint64_t most_in_a_write = 25;
    Deadline pause{5};                                       // after each write
    std::function<std::string(std::uint64_t id)> line = {};  // without newline; empty: numbered_line
    std::function<std::uint64_t()> allowed = {};  // so many may have been made by now; empty: no bound
  };
  explicit AckingClient(Options options);
  ~AckingClient();
  AckingClient(const AckingClient&) = delete;
  AckingClient& operator=(const AckingClient&) = delete;

  // Makes no more records, and waits until all are acknowledged. False: they are not within the deadline.
  [[nodiscard]] bool finish(Deadline deadline);

  [[nodiscard]] std::uint64_t first() const { return options_.first; }
  [[nodiscard]] std::uint64_t made() const { return made_; }  // handed to a socket once at least
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }  // the first so many of these
  [[nodiscard]] std::uint64_t rejected() const { return rejected_; }          // of the acknowledged
  [[nodiscard]] std::uint64_t again() const { return again_; }                // said so in hellos, together
  // Connections that broke, and those of them on which something was not acknowledged.
  [[nodiscard]] std::uint64_t breaks() const { return breaks_; }
  [[nodiscard]] std::uint64_t breaks_while_waiting() const { return breaks_while_waiting_; }

 private:
  void run();
  [[nodiscard]] std::uint64_t next_write() const;
  void use(UnixStreamClient& client);
  bool hand_over(UnixStreamClient& client, std::uint64_t from, std::uint64_t to) const;
  bool read_acks(UnixStreamClient& client, Deadline longest);
  void take_rest(UnixStreamClient& client);

  const Options options_;
  std::atomic<bool> finishing_ = false, ended_ = false;
  std::atomic<std::uint64_t> made_ = 0, acknowledged_ = 0, rejected_ = 0, again_ = 0;
  std::atomic<std::uint64_t> breaks_ = 0, breaks_while_waiting_ = 0;
  std::uint64_t base_ = 0;  // acknowledged when the connection was begun; its thread's
  std::uint64_t rejected_before_ = 0;
  std::thread thread_;
};

}  // namespace pannier::doubles
