// How many lines of what is sent the daemon will count: all but blank lines and control lines, as
// lib/client/WIRE.md says. Users: line_sender. Threads: not safe. Memory: a line's first 4 KiB.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "record/line_decoder.h"

namespace pannier::daemon::commands {

class LineCount {
 public:
  void feed(std::string_view bytes);
  // True where the bytes end inside a line: it wants a newline.
  [[nodiscard]] bool is_inside_line() const { return inside_; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }  // whole ones

 private:
  void add(std::string_view piece);
  void finish();
  bool is_control();

  // A control line is short; a longer one is taken for a record.
  static constexpr std::size_t longest_control = 4096;

  record::LineDecoder decoder_;
  std::string head_;  // of the line at hand
  bool inside_ = false;
  bool blank_ = true;
  bool long_ = false;
  std::uint64_t lines_ = 0;
};

}  // namespace pannier::daemon::commands
