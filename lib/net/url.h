// Where a backend is. Users: config (checks what was written), deliver (the client's address).
// Threads: plain values. Errors: invalid, with what to write instead.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pannier::net {

struct Url {
  std::string scheme;  // http or https
  std::string host;    // a name or an IP address, without the brackets of IPv6
  std::uint16_t port = 0;
  std::string path;  // still escaped, without a slash at the end: "" or "/malti"

  [[nodiscard]] std::string authority() const;  // "malti.example.com", "[::1]:8000": the Host header
  [[nodiscard]] std::string str() const;        // "http://[::1]:8000/malti"
  bool operator==(const Url&) const = default;
};

Result<Url> parse_url(std::string_view text);

}  // namespace pannier::net
