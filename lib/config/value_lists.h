// What the readers of lists share. Users: value_list.cpp, value_rules.cpp. Threads: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "config/value.h"

namespace pannier::config::reading {

inline constexpr std::size_t longest_list = 1000;

// The characters of a header's name or a method, as HTTP has them.
inline constexpr std::string_view token_characters =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

inline bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 100 &&
         text.find_first_not_of(token_characters) == std::string_view::npos;
}

// One text for each item, which `read` turns into a value or refuses with a fault.
template <typename Read>
std::optional<Value> each(const Written& node, Faults& faults, Read read) {
  if (node.items.size() > longest_list) return no(node, faults, "has more than 1000 items");
  const std::size_t before = faults.size();
  Value value;
  value.text = "[";
  for (const Written& item : node.items) {
    if (value.text.size() > 1) value.text += ", ";
    value.text += read(item, value);
  }
  value.text += "]";
  if (faults.size() != before) return std::nullopt;
  return value;
}

}  // namespace pannier::config::reading
