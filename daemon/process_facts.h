// What the kernel says of this process, for the metrics that every Prometheus client gives.
// Threads: any. Cost: a few reads of /proc, none of them waits for a disk.
#pragma once
#include <cstdint>
#include <optional>

namespace pannier::daemon {

struct ProcessFacts {
  double cpu_seconds = 0;  // user and system
  std::uint64_t resident_bytes = 0, virtual_bytes = 0;
  std::optional<std::uint64_t> open_fds;  // none where /proc can't be read
  std::uint64_t max_fds = 0;
  double start_time = 0;  // seconds since 1970
};

ProcessFacts process_facts();

}  // namespace pannier::daemon
