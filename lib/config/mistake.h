// One thing that is wrong with a configuration, told as a colleague would: where, what, and what to write.
// Made by every part of config, printed by `validate`, `run` and `reload`. Threads: plain values.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"

namespace pannier::config {

// A place in a file, counted from 1; 0: no place (environment, command line, the file as a whole).
struct Place {
  int line = 0;
  int column = 0;
};

struct Mistake {
  std::string source;  // "pannier.yaml", "environment", "command line"
  Place place;
  std::string subject;  // a setting's path or a variable's name; empty: the source itself
  std::string what;     // "\"16M\" is not a size; write 16MiB"
  ErrorCode code = ErrorCode::invalid;

  // "pannier.yaml:9:11: memory: "16M" is not a size; write 16MiB"
  [[nodiscard]] std::string text() const;
};

using Mistakes = std::vector<Mistake>;

// What has a line first, by line; then the rest by source and subject.
void sort_by_place(Mistakes& mistakes);

// For a message: in quotes, cut and escaped.
std::string quoted(std::string_view text);

}  // namespace pannier::config
