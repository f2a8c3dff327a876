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

std::string LaneWatch::too_soon(SteadyTime now, bool is_stopping) const {
  if (now >= not_before_ || is_stopping) return {};
  const auto early = std::chrono::duration_cast<std::chrono::milliseconds>(not_before_ - now);
  return "sent " + std::to_string(early.count()) +
         " ms too soon: the backend wanted to be left alone, or the lane is blocked";
}

std::string LaneWatch::sends(SteadyTime now, bool is_stopping) {
  ++open_;
  if (traits_.can_probe && must_ask_ && !is_stopping)
    return "sent a batch, and since it was blocked no probe was answered well";
  if (std::string early = too_soon(now, is_stopping); !early.empty()) return early;
  // At the end answers wait until it is known where their records are, and are taken in another order.
  if (open_ <= (is_stopping ? connections_ : may_open_)) return {};
  return std::to_string(open_) + " requests are open, where " + std::to_string(may_open_) +
         " may: while a lane fails one probe at a time, one more after each success";
}

std::string LaneWatch::probes(SteadyTime now, bool is_stopping) {
  is_probing_ = true;
  is_stale_ = false;
  if (!traits_.can_probe) return "asks without a batch, which its backend does not know";
  if (open_ != 0) return "asks while " + std::to_string(open_) + " requests are open";
  return too_soon(now, is_stopping);
}

std::string LaneWatch::closes(SteadyTime now) {
  if (!traits_.refused_for_good) return "is closed, and may wait for ever";
  if (was_good_) return "is closed, and its key was good once";
  if (!first_refused_ || now < *first_refused_ + *traits_.refused_for_good)
    return "is closed before its time";
  first_refused_.reset();
  return {};
}

void LaneWatch::answered_probe(Verdict verdict, std::optional<Duration> wish, SteadyTime now) {
  is_probing_ = false;
  if (is_stale_) return;
  if (verdict == Verdict::delivered)
    must_ask_ = false;
  else
    note(verdict, wish, now);
}

void LaneWatch::answered(Verdict verdict, std::optional<Duration> wish, SteadyTime now) {
  --open_;
  if (verdict == Verdict::delivered) was_good_ = true;
  note(verdict, wish, now);
}

void LaneWatch::note(Verdict verdict, std::optional<Duration> wish, SteadyTime now) {
  if (verdict == Verdict::blocked_key && !first_refused_) first_refused_ = now;
  if (verdict == Verdict::blocked || verdict == Verdict::blocked_key) must_ask_ = true;
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
  if (is_alive) {
    not_before_ = {};
    must_ask_ = false;
  }
  if (wish) not_before_ = std::max(not_before_, now + *wish);
}

}  // namespace pannier::simulation
