// How far `send` is, on one line of a terminal that is written over; nothing anywhere else.
// Users: send. Threads: not safe. Cost: at most ten writes a second.
#pragma once
#include <cstdint>
#include <ostream>
#include <string>

#include "base/clock.h"
#include "daemon/commands/line_sender.h"

namespace pannier::daemon::commands {

class ProgressBar {
 public:
  // `input_bytes`: what there is to read in all; 0: not known.
  ProgressBar(std::ostream& terminal, bool is_on, std::uint64_t input_bytes)
      : terminal_(terminal), is_on_(is_on), input_bytes_(input_bytes) {}

  void show(const SendProgress& progress, SteadyTime now);
  void clear();

 private:
  std::ostream& terminal_;
  const bool is_on_;
  const std::uint64_t input_bytes_;
  SteadyTime shown_at_{};
  bool is_shown_ = false;
};

// "[#####     ]  50%  120 sent, 100 confirmed"
std::string progress_line(const SendProgress& progress, std::uint64_t input_bytes);

}  // namespace pannier::daemon::commands
