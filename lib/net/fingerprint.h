// A few digits by which a key is known again without being told: of its HMAC-SHA256 under a salt.
// Users: daemon. Threads: pure function.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pannier::net {

// The first eight hex digits, lower case.
std::string fingerprint(std::string_view key, std::span<const std::uint8_t> salt);

}  // namespace pannier::net
