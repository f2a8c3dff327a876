// Settings of the Malti destination. Filled by config.
#pragma once
#include <map>
#include <string>

#include "base/small_file.h"
#include "deliver/options.h"
#include "deliver/way.h"

namespace pannier::deliver::malti {

struct Options {
  bool enabled = false;
  std::string url = "http://localhost:8000";              // without /api/v1/ingest
  std::map<std::string, SecretSource, std::less<>> keys;  // by service
  std::string keys_directory;                             // empty: none; what it held is in `keys`
  bool clean_mode = true;                                 // 401 and 404 stay out
  LaneOptions lane;
  Way way;
};

}  // namespace pannier::deliver::malti
