// Whether streams are read. A healthy lane that can take no more asks for a pause; it ends when room came or
// when it has lasted `longest`. One that ran out is not asked for again before room came: then the oldest is
// dropped rather than the senders held up a second time.
// Users: StreamListener. Threads: not safe. Pure: times are handed in.
#pragma once
#include <optional>

#include "base/clock.h"

namespace pannier::receive {

class Pause {
 public:
  explicit Pause(Duration longest) : longest_(longest) {}

  void ask(SteadyTime now);
  void room_came();
  [[nodiscard]] bool is_on(SteadyTime now);
  // While it lasts: when it runs out.
  [[nodiscard]] std::optional<SteadyTime> until() const { return until_; }
  void set_longest(Duration longest) { longest_ = longest; }

 private:
  Duration longest_;
  std::optional<SteadyTime> until_;
  bool ran_out_ = false;
};

}  // namespace pannier::receive
