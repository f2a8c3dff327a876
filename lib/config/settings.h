// What is in force, checked and complete: no optionals, no half-read value. Made by config/load.h only, read
// by the daemon, which hands each room its own options. Threads: a plain value, shared as a pointer to const.
// Sizes are bytes, times carry their unit in the type.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "deliver/local/options.h"
#include "deliver/malti/options.h"
#include "deliver/otlp/options.h"
#include "process/options.h"
#include "queue/options.h"
#include "receive/options.h"

namespace pannier::config {

struct Control {
  std::string path;
  std::string read_group;  // empty: only uid 0 and the daemon's own
};

struct Observe {
  bool enabled = false;
  std::string address;  // IP:PORT
  bool allow_remote = false;
  std::vector<std::string> hosts;  // names that a request may call us by; lower case
};

struct Log {
  std::string level = "info";   // debug, info, warn, error
  std::string format = "text";  // text, json
};

struct Shutdown {
  std::chrono::milliseconds timeout{10'000};
  std::chrono::milliseconds wait_for_clients{0};
};

struct Settings {
  std::string version;  // six hex digits of all that is in force but secrets: "7c1e90"
  std::uint64_t memory = 64ULL << 20U;
  std::map<std::string, std::string, std::less<>> resource;  // for destinations that know resources (OTLP)
  process::Options process;
  receive::Options receive;
  queue::SpoolOptions spool;
  deliver::malti::Options malti;
  deliver::otlp::Options multiplayer;
  deliver::local::Options local;
  Control control;
  Observe observe;
  Log log;
  Shutdown shutdown;
};

inline constexpr std::uint64_t least_memory = 24ULL << 20U;

// What HTTP bodies may take beside that, packed and unpacked.
inline constexpr std::uint64_t http_memory = 16ULL << 20U;

// What the process may take in all where the queues may take `memory`: 96 MiB for 64 MiB, and what HTTP
// takes.
constexpr std::uint64_t process_bound(std::uint64_t memory, bool http = false) {
  return memory + std::min<std::uint64_t>(memory / 2, 32ULL << 20U) + (http ? http_memory : 0);
}

}  // namespace pannier::config
