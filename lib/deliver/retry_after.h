// A backend's wish to be left alone for a while. Users: the destinations' verdicts. Threads: pure functions.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace pannier::deliver {

inline constexpr std::chrono::hours longest_wish{1};  // longer ones count as this

// The header Retry-After: seconds, or a date in one of HTTP's three forms. Garbage and the past: nothing.
std::optional<std::chrono::milliseconds> retry_after(std::string_view header, SystemTime now);

// Seconds as a number out of a body; not a number, negative: nothing.
std::optional<std::chrono::milliseconds> wish_of_seconds(double seconds);

}  // namespace pannier::deliver
