#include "simulation/lane_watch.h"

#include <algorithm>

namespace pannier::simulation {

using deliver::Verdict;

void LaneWatch::configured(const deliver::LaneOptions& options) {
  retry_cap_ = options.retry.cap;
  connections_ = options.connections;
  may_open_ = std::min(may_open_, connections_);
  may_try_now();
}

std::string LaneWatch::sends(SteadyTime now, bool is_stopping) {
  ++open_;
  if (now < not_before_ && !is_stopping) {
    const auto early = std::chrono::duration_cast<std::chrono::milliseconds>(not_before_ - now);
    return "sent " + std::to_string(early.count()) +
           " ms too soon: the backend wanted to be left alone, or the lane is blocked";
  }
  // At the end answers wait until it is known where their records are, and are taken in another order.
  if (open_ <= (is_stopping ? connections_ : may_open_)) return {};
  return std::to_string(open_) + " requests are open, where " + std::to_string(may_open_) +
         " may: while a lane fails one probe at a time, one more after each success";
}

void LaneWatch::answered(Verdict verdict, std::optional<Duration> wish, SteadyTime now) {
  --open_;
  switch (verdict) {
    case Verdict::delivered: may_open_ = std::min(may_open_ + 1, connections_); break;
    case Verdict::back_off:
    case Verdict::server_error: may_open_ = 1; break;
    case Verdict::blocked:
    case Verdict::blocked_key:
      may_open_ = 1;
      // Only a person can help: it is probed at the longest delay.
      not_before_ = std::max(not_before_, now + retry_cap_);
      break;
    case Verdict::isolate:
    case Verdict::too_large:
    case Verdict::send_again: break;
  }
  // Whoever gets through has shown that the backend may be asked again.
  const bool is_alive =
      verdict == Verdict::delivered || verdict == Verdict::isolate || verdict == Verdict::too_large;
  if (is_alive) not_before_ = {};
  if (wish) not_before_ = std::max(not_before_, now + *wish);
}

}  // namespace pannier::simulation
