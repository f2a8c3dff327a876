// The last look, at what belongs together: destinations, keys in files, addresses, memory. After it the
// settings are complete, or there is a mistake that says why not. Reads key files. Threads: at start and at
// reload.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

#include "config/environment.h"
#include "config/settle.h"

namespace pannier::config {

struct Surroundings {
  std::string source;  // the file's name, for mistakes; empty: no file
  bool is_world_readable = false;
  uid_t uid = 0;
  const Environment* environment = nullptr;
  std::string credentials = {};               // systemd's folder of them; empty: there is none
  std::optional<std::uint64_t> memory_limit;  // the cgroup's
};

void finish(Settled& settled, const Surroundings& surroundings, Draft& draft);

}  // namespace pannier::config
