// Members of what the daemon answers, which may be of another version: what is missing or of another type is
// none or empty. Users: commands, in their .cpp. Threads: pure functions.
#pragma once
#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace pannier::daemon::commands {

using Json = simdjson::dom::element;

inline std::optional<Json> member(Json json, std::string_view key) {
  Json found;
  if (json[key].get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

template <typename Type>
std::optional<Type> member_as(Json json, std::string_view key) {
  Type value{};
  if (json[key].get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

inline std::optional<std::uint64_t> number(Json json, std::string_view key) {
  return member_as<std::uint64_t>(json, key);
}

inline std::string_view text_of(Json json, std::string_view key) {
  return member_as<std::string_view>(json, key).value_or(std::string_view());
}

// Calls visit(name, element) for each member of the object at `key`.
template <typename Visit>
void each_member(Json json, std::string_view key, Visit visit) {
  simdjson::dom::object object;
  if (json[key].get(object) != simdjson::SUCCESS) return;
  for (const auto field : object) visit(field.key, Json(field.value));
}

// Calls visit(text) for each text in the list at `key`.
template <typename Visit>
void each_text(Json json, std::string_view key, Visit visit) {
  simdjson::dom::array list;
  if (json[key].get(list) != simdjson::SUCCESS) return;
  for (const Json item : list) {
    std::string_view text;
    if (item.get(text) == simdjson::SUCCESS) visit(text);
  }
}

// The sum of an object's numbers: {"memory": 3, "spool": 4} is 7.
inline std::uint64_t sum_of(Json json, std::string_view key) {
  std::uint64_t sum = 0;
  each_member(json, key, [&](std::string_view, Json value) {
    std::uint64_t one = 0;
    if (value.get(one) == simdjson::SUCCESS) sum += one;
  });
  return sum;
}

}  // namespace pannier::daemon::commands
