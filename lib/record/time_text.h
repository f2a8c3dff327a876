// Times in the forms that applications and access logs write, and the one form that we write.
// Threads: pure functions. Cost: about 15 ns each, no allocation, no time zone database.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace pannier::record {

// ISO 8601 with Z or an offset: "2026-01-01T12:00:00.123456+00:00". 'T' may be t or a space; seconds may be
// missing; any number of decimals (beyond microseconds they are cut); offset Z, ±hh, ±hhmm or ±hh:mm; second
// 60 is the next minute's 0. Years 0000 to 9999.
std::optional<SystemTime> parse_iso8601(std::string_view text);

inline constexpr std::size_t utc_text_bytes = 27;
// Writes "2026-01-01T12:00:00.123456Z" and returns the end. REQUIRES: a year from 0 to 9999.
char* write_utc(char* out, SystemTime time);

}  // namespace pannier::record
