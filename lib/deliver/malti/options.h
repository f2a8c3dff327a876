// Settings of the Malti destination. Filled by config.
#pragma once
#include <map>
#include <string>

#include "base/secret.h"
#include "deliver/options.h"

namespace pannier::deliver::malti {

// Where a service's key comes from. A file is read again when the key is refused.
struct KeySource {
  std::string file;  // empty: given in the configuration or the environment
  Secret secret;     // the text at the last reading
  bool operator==(const KeySource&) const = default;
};

struct Options {
  bool enabled = false;
  std::string url = "http://localhost:8000";           // without /api/v1/ingest
  std::map<std::string, KeySource, std::less<>> keys;  // by service
  bool clean_mode = true;                              // 401 and 404 stay out
  LaneOptions lane;
};

}  // namespace pannier::deliver::malti
