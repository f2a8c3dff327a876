// What a command reads: a file, or standard input as "-". Users: send, test, explain. Threads: one; reading
// waits for whoever writes.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/fd.h"

namespace pannier::daemon::commands {

class Input {
 public:
  static Result<Input> open(const std::string& file);

  [[nodiscard]] int number() const { return number_; }
  // What is there, at most `room` bytes; 0 at the end.
  [[nodiscard]] Result<std::size_t> read(char* out, std::size_t room) const;
  // All of it; an error where that is more than `limit` bytes.
  [[nodiscard]] Result<std::string> read_all(std::size_t limit) const;

 private:
  Fd owned_;  // none for standard input
  int number_ = -1;
  std::string name_;  // for messages
};

// Its lines, without their newlines; a last one without newline counts. Memory: one line up to the limit.
class LineReader {
 public:
  // REQUIRES: `input` outlives the reader.
  LineReader(const Input& input, std::size_t limit) : input_(input), limit_(limit) {}

  // False at the end. `line`: at most one byte more than the limit; the rest of such a line is skipped.
  [[nodiscard]] Result<bool> next(std::string& line);

 private:
  const Input& input_;
  std::size_t limit_;
  std::string read_;
  std::size_t at_ = 0;
};

}  // namespace pannier::daemon::commands
