// What a span's attributes are called, and which of a record's own may go out beside them. Private to the
// folder. Old and new HTTP names stand side by side: Multiplayer's server reads the old ones.
#pragma once
#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/record.h"

namespace pannier::deliver::otlp {

using Entries = std::vector<std::pair<std::string, std::string>>;

// True for the resource's names that are made of the record itself.
bool is_own_resource_name(std::string_view name);

// True where a sender's resource has the name: its word goes before the configuration's.
bool says(const record::Resource& resource, std::string_view name);

// A record's own attribute as it may be sent; nothing where the name is one of ours, or stands for what no
// record sends before it can be masked: bodies, headers, error texts. URLs end before their query.
std::optional<record::Attribute> sendable(const record::Attribute& attribute);

// When the request came and when it was finished, in ns since 1970.
struct Times {
  std::uint64_t start, end;
};
inline Times times_of(const record::Record& record) {
  // What Malti's ingest takes may lie outside of what nanoseconds since 1970 can tell.
  constexpr SystemTime last{std::chrono::microseconds(std::chrono::hours(24 * 365 * 280))};
  constexpr double most_ms = 2147483647, ns_in_ms = 1e6;
  const auto end =
      std::chrono::nanoseconds(std::clamp(record.created_at, SystemTime{}, last).time_since_epoch()).count();
  const std::int64_t start = end - std::llround(std::clamp(record.response_ms, 0.0, most_ms) * ns_in_ms);
  return {static_cast<std::uint64_t>(std::max<std::int64_t>(start, 0)), static_cast<std::uint64_t>(end)};
}

constexpr int first_error_status = 500;  // a server's span counts as an error from here on
constexpr int code_error = 2;
constexpr int kind_server = 2;

}  // namespace pannier::deliver::otlp
