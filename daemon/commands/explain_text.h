// What `pannier explain` prints of one line. Users: explain. Threads: pure functions. Everything is escaped.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "config/load.h"
#include "daemon/trial.h"

namespace pannier::daemon::commands {

struct Explained {
  std::uint64_t number = 0;  // of the line, counted from 1
  std::string_view line;
  const Trial& trial;
  const config::Loaded& config;
};

// For people: the outcome, then step by step what did what.
std::string explanation_text(const Explained& explained);
// For programs: one JSON object.
std::string explanation_json(const Explained& explained);

}  // namespace pannier::daemon::commands
