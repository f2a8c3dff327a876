// Sizes and times as people write them: 16MiB, 250ms, 24h. Threads: pure functions.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pannier::units {

// B, KiB, MiB, GiB behind a whole number; nothing else, so that 16M can't be read two ways.
std::optional<std::uint64_t> parse_size(std::string_view text);
// us, ms, s, min, h, d behind a number ("1.5s"); nothing below a microsecond.
std::optional<std::chrono::microseconds> parse_duration(std::string_view text);

std::string size_text(std::uint64_t bytes);                     // "16MiB": the largest unit that divides it
std::string duration_text(std::chrono::microseconds duration);  // "250ms": the same
std::string about(std::chrono::seconds duration);  // for people: "3d 4h", "2 h 10 min" is "2h 10min"

}  // namespace pannier::units
