// What `pannier config` prints: every setting in force with its value and who set it, secrets as ***.
// Threads: pure functions.
#pragma once
#include <string>

#include "config/load.h"

namespace pannier::config {

//   memory = 16MiB    (file pannier.yaml:9)
std::string listing_text(const Loaded& loaded);

// {"config": "7c1e90", "file": "…" or null, "settings": {"memory": {"value": "16MiB", "from": "…"}},
// "warnings": [],
//  "notes": []}
std::string listing_json(const Loaded& loaded);

}  // namespace pannier::config
