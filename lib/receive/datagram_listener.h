// A thread that reads one datagram socket, Unix or UDP: recvmmsg into its own buffers, the lines of each read
// to its Intake, a short nap where the rate is high (see NapPolicy). Users: daemon, one for each datagram
// socket, each with an Intake of its own. Threads: start, stop and the destructor from one thread; set and
// kernel_dropped from any; the Intake is called from the listener's thread. Errors: what the kernel refuses
// is counted and tried again 10 ms later; the thread ends by stop() only.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "receive/intake.h"
#include "receive/options.h"

namespace pannier::receive {

// What a reload may change.
struct DatagramSettings {
  Limits limits;
  std::vector<uid_t> allow_uids;  // empty: all; senders are known on Unix sockets only
};

class DatagramListener {
 public:
  // `socket` is bound; `listener` is unix_datagram or udp. REQUIRES: `intake` outlives the listener.
  DatagramListener(Fd socket, observe::ListenerId listener, DatagramSettings settings, Intake& intake);
  ~DatagramListener() { stop(std::chrono::milliseconds(0)); }
  DatagramListener(const DatagramListener&) = delete;
  DatagramListener& operator=(const DatagramListener&) = delete;

  void start();
  void set(DatagramSettings settings);  // in force from the next read on
  // Reads what still lies in the socket, for at most so long, ends the thread and closes the socket.
  void stop(std::chrono::milliseconds at_most);

  // What the kernel threw away because the socket was full, since the socket was made; the last number known
  // after stop(). None on Unix sockets: there the sender is refused instead and nobody can count it.
  [[nodiscard]] std::optional<std::uint64_t> kernel_dropped() const;
  [[nodiscard]] std::uint64_t read_errors() const { return read_errors_.load(std::memory_order_relaxed); }

 private:
  class Loop;
  void look_at_drops() const;

  const observe::ListenerId listener_;
  Intake& intake_;
  Fd wake_;  // eventfd, readable once the thread shall end
  std::thread thread_;
  std::atomic<bool> settings_changed_{false};
  std::atomic<std::uint64_t> read_errors_{0};
  std::atomic<bool> stopping_{false};
  SteadyTime read_until_{};  // written before stopping_ is set, read after

  mutable std::mutex mutex_;
  DatagramSettings settings_;          // guarded by mutex_
  Fd socket_;                          // closed under mutex_
  mutable std::uint64_t dropped_ = 0;  // guarded by mutex_; never wraps, though the kernel's counter does
};

}  // namespace pannier::receive
