// What a backend and its people may expect of one lane, however the lane comes to its decisions: its own
// records only, no request before the time that was asked for, one probe at a time while it fails and one
// more after each success. Says what was not so. User: Daemon. Threads: plain values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "deliver/options.h"
#include "deliver/transport.h"

namespace pannier::simulation {

class LaneWatch {
 public:
  explicit LaneWatch(const deliver::LaneOptions& options)
      : retry_cap_(options.retry.cap), connections_(options.connections), may_open_(options.connections) {}

  // A person's wish, or a new key: it may be tried at once.
  void may_try_now() { not_before_ = {}; }
  void configured(const deliver::LaneOptions& options);
  // A request is sent. Empty: it may.
  [[nodiscard]] std::string sends(SteadyTime now, bool is_stopping);
  // `wish`: how long the backend asked to be left alone.
  void answered(deliver::Verdict verdict, std::optional<Duration> wish, SteadyTime now);

  [[nodiscard]] SteadyTime not_before() const { return not_before_; }
  [[nodiscard]] std::uint32_t open() const { return open_; }

 private:
  Duration retry_cap_;
  std::uint32_t connections_, may_open_;
  std::uint32_t open_ = 0;  // requests
  SteadyTime not_before_{};
};

}  // namespace pannier::simulation
