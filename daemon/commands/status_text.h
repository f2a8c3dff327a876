// The daemon's status JSON as people read it (DESIGN.md section 6). Users: status. Threads: pure functions.
// Whatever came from a stranger is escaped. Members that are missing or unknown, because the daemon is of
// another version, are shown as ? or left out. Errors: text that is no status.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace pannier::daemon::commands {

struct StatusStyle {
  SystemTime now;
  std::function<std::string(SystemTime)> moment;  // a time as the reader's clock shows it: "14:02"
  bool colors = false;
};

Result<std::string> status_text(std::string_view json, const StatusStyle& style);

struct Balance {
  bool is_balanced = false;            // false also where the daemon does not say so
  std::vector<std::string> sentences;  // one for each sum that does not balance; escaped
};
Result<Balance> balance_of(std::string_view json);

}  // namespace pannier::daemon::commands
