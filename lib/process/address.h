// IP addresses as text: is it one, and which part of it may be told.
// Users: consumer, steps. Threads: pure functions.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"

namespace pannier::process {

// IPv4 as IPv4-mapped IPv6, so that the two spellings of one address are equal. Without the zone.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const Address&) const = default;
};
std::optional<Address> parse_address(std::string_view text);

// A whole IPv4 or IPv6 address, the latter with or without a zone (fe80::1%eth0); no port, no brackets.
bool is_address(std::string_view text);

// 192.168.1.7 → 192.168.1.xxx; 2001:db8::7 → 2001:0db8:0000:0000:xxxx:xxxx:xxxx:xxxx, its zone dropped;
// IPv4 inside IPv6 (::ffff:192.168.1.7, and 6to4's 2002:c0a8:107::) as IPv4. Empty where `text` is no
// address: the caller then tells nothing.
std::string_view anonymized(std::string_view text, Arena& arena);

}  // namespace pannier::process
