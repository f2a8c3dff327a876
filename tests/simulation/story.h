// What happened in a run, step by step, in the design's words, for people: the last steps of it, or all as
// they happen. User: Stage. Threads: one.
#pragma once
#include <cstdint>
#include <deque>
#include <span>
#include <string>

#include "base/clock.h"

namespace pannier::simulation {

class Story {
 public:
  // `most` steps are kept; 0: none is, each is printed at once.
  explicit Story(std::size_t most) : most_(most) {}

  void add(Duration since_begin, const std::string& step);
  void print() const;  // what was kept, and how much came before

 private:
  std::size_t most_;
  std::uint64_t left_out_ = 0;
  std::deque<std::string> steps_;
};

// "records 3-5, 9", "record 7", "no records".
std::string named(std::span<const std::uint64_t> records);
// "1 row", "2 rows".
std::string counted(std::uint64_t count, const char* of_what);

}  // namespace pannier::simulation
