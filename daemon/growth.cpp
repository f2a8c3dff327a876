#include "daemon/growth.h"

namespace pannier::daemon {

void Growth::add(SteadyTime now, std::uint64_t bytes) {
  latest_ = {now, bytes};
  if (samples_.empty() || now - samples_.back().at >= step) samples_.push_back(latest_);
  while (now - samples_.front().at > window) samples_.pop_front();
}

std::optional<double> Growth::bytes_per_second() const {
  if (samples_.empty() || latest_.at - samples_.front().at < least) return std::nullopt;
  const double seconds = std::chrono::duration<double>(latest_.at - samples_.front().at).count();
  return (static_cast<double>(latest_.bytes) - static_cast<double>(samples_.front().bytes)) / seconds;
}

}  // namespace pannier::daemon
