// From what was given to one finished value for each option: reads each by its kind, lets the higher rank
// win, fills in defaults and remembers who set what. Pure. Threads: pure functions.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/given.h"
#include "config/paths.h"
#include "config/settings.h"

namespace pannier::config {

struct Origin {
  std::string path;
  std::string value;  // as it may be shown: a secret is ***
  std::string where;  // "file pannier.yaml:3", "environment MALTI_URL", "command line", "default"
};

struct Settled {
  Settings settings;
  std::vector<Origin> origins;                               // in the table's order
  std::map<std::string, const Given*, std::less<>> winners;  // by path; points into the draft

  Origin* origin(std::string_view path);
};

// Faults go into draft.mistakes. What belongs together is not looked at yet: config/finish.h.
Settled settle(Draft& draft, const Paths& paths, std::string_view host);

}  // namespace pannier::config
