#include "config/cgroup.h"

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "config/value.h"

namespace pannier::config {
namespace {

constexpr std::uint64_t unlimited = 1ULL << 60U;  // version 1 says "none" as a number near 2^63

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

void lower_by(std::optional<std::uint64_t>& limit, const std::string& file) {
  const auto bytes = reading::whole_number(text::trimmed(first_line(file)));
  if (bytes && *bytes < unlimited) limit = std::min(limit.value_or(*bytes), *bytes);
}

// Our cgroup's path: of version 2 ("0::/a/b"), or of version 1's memory controller ("4:memory:/a/b").
std::string own_path(const std::string& own, std::string_view controller) {
  std::ifstream file(own);
  std::string line;
  for (int lines = 0; lines < 100 && std::getline(file, line); ++lines) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    if (line.substr(first + 1, second - first - 1) == controller) return line.substr(second + 1);
  }
  return {};
}

void walk(std::optional<std::uint64_t>& limit, const std::string& root, std::string path,
          const std::string& file) {
  for (;;) {
    lower_by(limit, root + path + "/" + file);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return;
    path.resize(slash);
  }
}

}  // namespace

std::optional<std::uint64_t> cgroup_memory_limit(const std::string& own, const std::string& root) {
  std::optional<std::uint64_t> limit;
  walk(limit, root, own_path(own, ""), "memory.max");
  walk(limit, root + "/memory", own_path(own, "memory"), "memory.limit_in_bytes");
  return limit;
}

}  // namespace pannier::config
