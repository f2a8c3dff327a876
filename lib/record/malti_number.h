// Numbers of any size as 64 bits hold them. Private to the room, of Malti's values. Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace pannier::record {

// Beyond 64 bits: the nearest that fits. REQUIRES: digits and underscores.
std::int64_t saturated(std::string_view digits, bool negative);

// REQUIRES: a JSON number, or what is one but for a missing digit before or behind its point. May be
// infinite.
double real_of(std::string_view token);

}  // namespace pannier::record
