// How much memory the cgroup leaves to this process: pods and systemd units set it. Users: config/load.h.
// Threads: reads a few small files; call it at start.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace pannier::config {

// The least limit on the way from our own cgroup to the root, of version 2 or 1; none where there is none.
// `own` is /proc/self/cgroup and `root` /sys/fs/cgroup but in tests.
std::optional<std::uint64_t> cgroup_memory_limit(const std::string& own, const std::string& root);

}  // namespace pannier::config
