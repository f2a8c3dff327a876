#include "process/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace pannier::process {
namespace {

using V4 = std::array<std::uint8_t, 4>;
using V6 = std::array<std::uint8_t, 16>;

template <typename Bytes>
std::optional<Bytes> parsed(int family, std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::ranges::copy(text, terminated.begin());
  Bytes bytes{};
  if (inet_pton(family, terminated.data(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

std::optional<V4> parsed_v4(std::string_view text) {
  return parsed<V4>(AF_INET, text);
}

std::optional<V6> parsed_v6(std::string_view text) {
  const std::size_t zone = text.find('%');
  if (zone != std::string_view::npos && zone + 1 == text.size()) return std::nullopt;
  return parsed<V6>(AF_INET6, text.substr(0, zone));
}

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool holds_v4(const V6& address) {
  return std::ranges::equal(mapped, std::span(address).first<12>());
}
// 6to4 has a whole IPv4 address in the half that is told.
bool begins_with_v4(const V6& address) {
  return address[0] == 0x20 && address[1] == 0x02;
}

std::string_view without_last_octet(std::span<const std::uint8_t, 4> address, Arena& arena) {
  constexpr std::size_t longest = sizeof "255.255.255.xxx" - 1;
  char* const begin = arena.claim(longest);
  char* out = begin;
  for (const std::uint8_t octet : address.first<3>()) {
    out = std::to_chars(out, begin + longest, octet).ptr;
    *out++ = '.';
  }
  out = std::ranges::fill_n(out, 3, 'x');
  return {begin, out};
}

std::string_view without_last_groups(std::span<const std::uint8_t, 16> address, Arena& arena) {
  constexpr std::string_view figures = "0123456789abcdef";
  constexpr std::string_view hidden = "xxxx:xxxx:xxxx:xxxx";
  char* const begin = arena.claim(4 * sizeof "2001" + hidden.size());
  char* out = begin;
  for (std::size_t i = 0; i < 8; ++i) {
    *out++ = figures[address[i] >> 4U];
    *out++ = figures[address[i] & 0xfU];
    if (i % 2 == 1) *out++ = ':';
  }
  out = std::ranges::copy(hidden, out).out;
  return {begin, out};
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  Address address;
  if (const auto v4 = parsed_v4(text)) {
    std::ranges::copy(*v4, std::ranges::copy(mapped, address.bytes.begin()).out);
    return address;
  }
  const auto v6 = parsed_v6(text);
  if (!v6) return std::nullopt;
  address.bytes = *v6;
  return address;
}

bool is_address(std::string_view text) {
  return parsed_v4(text) || parsed_v6(text);
}

std::string_view anonymized(std::string_view text, Arena& arena) {
  if (const auto v4 = parsed_v4(text)) return without_last_octet(*v4, arena);
  const auto v6 = parsed_v6(text);
  if (!v6) return {};
  if (holds_v4(*v6)) return without_last_octet(std::span(*v6).last<4>(), arena);
  if (begins_with_v4(*v6)) return without_last_octet(std::span(*v6).subspan<2, 4>(), arena);
  return without_last_groups(*v6, arena);
}

}  // namespace pannier::process
