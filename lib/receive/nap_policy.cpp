#include "receive/nap_policy.h"

#include <algorithm>

namespace pannier::receive {

namespace {
// The kernel counts a datagram with its bookkeeping, in powers of two.
constexpr std::size_t kernel_bytes(std::size_t messages, std::size_t bytes) {
  return messages * 1280 + bytes * 2;
}
}  // namespace

Duration NapPolicy::after_read(std::size_t messages, std::size_t bytes, bool emptied, SteadyTime now) {
  messages_ += messages;
  bytes_ += bytes;
  if (!emptied) return Duration::zero();
  const Duration elapsed = std::max(now - emptied_at_, Duration(1));
  const bool is_high = elapsed <= high_rate * messages_;
  const Duration nap = is_high ? std::min(usual_nap, longest(elapsed)) : Duration::zero();
  emptied_at_ = now;
  messages_ = bytes_ = 0;
  return nap >= shortest_nap ? nap : Duration::zero();
}

// The time in which a quarter of the room would fill.
Duration NapPolicy::longest(std::chrono::duration<double> elapsed) const {
  const double by_bytes =
      static_cast<double>(room_.bytes) / static_cast<double>(kernel_bytes(messages_, bytes_));
  const double by_messages = static_cast<double>(room_.messages) / static_cast<double>(messages_);
  const auto seconds = elapsed * std::min(by_bytes, by_messages) / 4;
  return std::chrono::duration_cast<Duration>(std::min(seconds, std::chrono::duration<double>(usual_nap)));
}

}  // namespace pannier::receive
