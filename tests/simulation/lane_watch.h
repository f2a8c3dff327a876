// What a backend and its people may expect of one lane, however the lane comes to its decisions: its own
// records only, no request before the time that was asked for, one probe at a time while it fails and one
// more after each success; where it can ask without a batch, none after it was blocked before that was
// answered well; no key given up before its time, or that ever was good. Says what was not so. User: Daemon.
// Threads: plain values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "deliver/lane_core.h"

namespace pannier::simulation {

class LaneWatch {
 public:
  LaneWatch(const deliver::LaneOptions& options, const deliver::LaneTraits& traits, bool has_key)
      : traits_(traits),
        must_ask_(!has_key),
        retry_cap_(options.retry.cap),
        connections_(options.connections),
        may_open_(options.connections) {}

  // A person's wish, or a new key: it may be tried at once, whatever comes of the probe that is open.
  void may_try_now() {
    not_before_ = {};
    is_stale_ = is_probing_;
  }
  void lost_its_key() { must_ask_ = true; }
  void configured(const deliver::LaneOptions& options);
  // A request is sent. Empty: it may.
  [[nodiscard]] std::string sends(SteadyTime now, bool is_stopping);
  // It asks without a batch. Empty: it may.
  [[nodiscard]] std::string probes(SteadyTime now, bool is_stopping);
  // `wish`: how long the backend asked to be left alone.
  void answered(deliver::Verdict verdict, std::optional<Duration> wish, SteadyTime now);
  void answered_probe(deliver::Verdict verdict, std::optional<Duration> wish, SteadyTime now);
  // It gives its key up. Empty: it may.
  [[nodiscard]] std::string closes(SteadyTime now);

  [[nodiscard]] SteadyTime not_before() const { return not_before_; }
  [[nodiscard]] std::uint32_t open() const { return open_; }

 private:
  [[nodiscard]] std::string too_soon(SteadyTime now, bool is_stopping) const;
  void note(deliver::Verdict verdict, std::optional<Duration> wish, SteadyTime now);

  deliver::LaneTraits traits_;
  bool must_ask_;
  bool is_probing_ = false, is_stale_ = false, was_good_ = false;
  std::optional<SteadyTime> first_refused_;
  Duration retry_cap_;
  std::uint32_t connections_, may_open_;
  std::uint32_t open_ = 0;  // requests
  SteadyTime not_before_{};
};

}  // namespace pannier::simulation
