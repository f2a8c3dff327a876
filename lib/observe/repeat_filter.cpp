#include "observe/repeat_filter.h"

#include <algorithm>
#include <utility>

namespace pannier::observe {

std::optional<std::uint64_t> RepeatFilter::pass(std::string_view key, SteadyTime now) {
  constexpr std::size_t most_keys = 1024;
  const auto known = entries_.find(key);
  if (known == entries_.end()) {
    if (entries_.size() >= most_keys)
      entries_.erase(
          std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.written; }));
    entries_.emplace(key, Entry{.written = now});
    return 0;
  }
  Entry& entry = known->second;
  if (now - entry.written < pause) {
    ++entry.held_back;
    return std::nullopt;
  }
  entry.written = now;
  return std::exchange(entry.held_back, 0);
}

}  // namespace pannier::observe
