// What a person may do about a lane that does not deliver: from why it says so to a sentence.
// Users: status_text. Threads: pure functions. Nothing here is escaped yet.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace pannier::daemon::commands {

struct Trouble {
  std::string_view lane;      // "malti/orders"
  std::string_view why;       // begins with one of the words that DESIGN.md section 6 lists
  std::string_view key_file;  // empty: the key stands in the configuration or the environment
  std::optional<double> next_try_s;
};

std::string cure_for(const Trouble& trouble);

}  // namespace pannier::daemon::commands
