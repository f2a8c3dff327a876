// How long a datagram thread sleeps before its next read. A wake-up costs more than a record; at a high rate
// a nap lets one wake-up bring many. None at low rates, and never so long that a quarter of what the kernel
// may queue could fill at the rate that was seen. Users: DatagramListener. Threads: not safe. Pure: times are
// handed in.
#pragma once
#include <cstddef>

#include "base/clock.h"

namespace pannier::receive {

class NapPolicy {
 public:
  // What the kernel queues at most: `bytes` by its own measure (SO_RCVBUF), `messages`, or either without
  // bound.
  struct Room {
    std::size_t bytes = static_cast<std::size_t>(-1);
    std::size_t messages = static_cast<std::size_t>(-1);
  };
  static constexpr Duration usual_nap = std::chrono::milliseconds(1);
  static constexpr Duration shortest_nap = std::chrono::microseconds(250);  // below that sleeping costs more
  static constexpr Duration high_rate = std::chrono::microseconds(500);     // messages at most so far apart

  NapPolicy(Room room, SteadyTime now) : room_(room), emptied_at_(now) {}

  // A read that brought `messages` of `bytes` together; `emptied`: it left nothing in the socket that was
  // there when it began. The nap to take now; zero: none.
  Duration after_read(std::size_t messages, std::size_t bytes, bool emptied, SteadyTime now);

 private:
  [[nodiscard]] Duration longest(std::chrono::duration<double> elapsed) const;

  Room room_;
  SteadyTime emptied_at_;
  std::size_t messages_ = 0;  // since then
  std::size_t bytes_ = 0;
};

}  // namespace pannier::receive
