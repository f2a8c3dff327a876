// Settings of the local store. Filled by config.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace pannier::deliver::local {

struct Options {
  bool enabled = false;
  std::string path;  // the SQLite file
  std::chrono::seconds keep{86400};
  std::uint64_t bytes = 256ULL << 20U;
};

}  // namespace pannier::deliver::local
