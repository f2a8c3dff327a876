// IP addresses as text: is it one, and which part of it may be told.
// Users: consumer, steps. Threads: pure functions.
#pragma once
#include <string_view>

#include "base/arena.h"

namespace pannier::process {

// A whole IPv4 or IPv6 address, the latter with or without a zone (fe80::1%eth0); no port, no brackets.
bool is_address(std::string_view text);

// 192.168.1.7 → 192.168.1.xxx; 2001:db8::7 → 2001:0db8:0000:0000:xxxx:xxxx:xxxx:xxxx, its zone dropped;
// IPv4 inside IPv6 (::ffff:192.168.1.7) as IPv4. Empty where `text` is no address: the caller then tells
// nothing.
std::string_view anonymized(std::string_view text, Arena& arena);

}  // namespace pannier::process
