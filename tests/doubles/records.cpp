#include "tests/doubles/records.h"

#include <algorithm>
#include <array>
#include <atomic>

namespace pannier::doubles {

namespace {
constexpr std::size_t mark_size = 15;  // ~s, 12 digits, ~

const Override* find(Overrides overrides, std::string_view name) {
  const auto* found = std::ranges::find(overrides, name, &Override::first);
  return found == overrides.end() ? nullptr : found;
}

void append(std::string& line, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  line += line.empty() ? "{\"" : ",\"";
  line.append(name).append("\":").append(value);
}
}  // namespace

std::string mark(std::uint64_t id) {
  std::string digits = std::to_string(id);
  return "~s" + std::string(12 - std::min<std::size_t>(12, digits.size()), '0') + digits + "~";
}

std::set<std::string> marks(std::uint64_t first, std::uint64_t count) {
  std::set<std::string> result;
  for (std::uint64_t id = first; id != first + count; ++id) result.insert(result.end(), mark(id));
  return result;
}

std::string_view mark_in(std::string_view text) {
  const std::size_t start = text.find("~s");
  if (start == std::string_view::npos || text.size() - start < mark_size) return {};
  return text.substr(start, mark_size);
}

std::string numbered_line(std::uint64_t id, Overrides overrides) {
  const std::string context = "\"" + mark(id) + "\"";
  const std::string response_time = std::to_string(id % 900);
  const std::array<Override, 6> usual{{{"method", "\"GET\""},
                                       {"endpoint", "\"/users/{user_id}\""},
                                       {"status", "200"},
                                       {"response_time", response_time},
                                       {"consumer", "\"web-app\""},
                                       {"context", context}}};
  std::string line;
  for (const auto& [name, value] : usual) {
    const Override* other = find(overrides, name);
    append(line, name, other == nullptr ? value : other->second);
  }
  for (const auto& [name, value] : overrides) {
    if (std::ranges::find(usual, name, &Override::first) == usual.end()) append(line, name, value);
  }
  return line.empty() ? "{}" : line + "}";
}

std::string record_line(Overrides overrides) {
  static std::atomic<std::uint64_t> next{900'000'000'000};
  return numbered_line(next++, overrides);
}

}  // namespace pannier::doubles
