// Sends NDJSON from a file descriptor into the daemon's stream socket and reads its acks: the whole of
// `pannier send` but its words. Reads only what it can hand on, so memory stays below 200 KiB however long
// the input is and however slow the daemon. Users: send. Threads: one; blocks in poll. Waits for the daemon
// at most `patience` without progress, for the input as long as that takes.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"

namespace pannier::daemon::commands {

struct SendProgress {
  std::uint64_t input_bytes = 0;                            // read so far
  std::uint64_t lines = 0;                                  // that the daemon counts
  std::uint64_t confirmed = 0, rejected = 0, filtered = 0;  // as its last ack says

  [[nodiscard]] std::uint64_t accepted() const { return confirmed - rejected - filtered; }
  [[nodiscard]] std::uint64_t unconfirmed() const { return lines - confirmed; }
};

struct LineSending {
  std::string socket;
  std::string hello;  // the first line, without newline
  int input = 0;      // the caller's; its flags are left alone
  std::chrono::milliseconds patience{10'000};
  std::chrono::milliseconds welcome{1'000};
  std::function<void(const SendProgress&)> on_progress = [](const SendProgress&) {};
};

struct SendResult {
  SendProgress progress;
  std::optional<Error> fault;  // why it ended before all was confirmed
};

SendResult send_lines(const LineSending& sending);

}  // namespace pannier::daemon::commands
