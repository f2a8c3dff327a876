// What NO_PROXY names, and which addresses are this host's own.
#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "net/proxy.h"

namespace pannier::net {
namespace {

// IPv4 as ::ffff:a.b.c.d, so that both compare alike.
using Address = std::array<unsigned char, 16>;
constexpr unsigned v4_offset = 96;  // bits before an IPv4 address

std::optional<Address> address_of(std::string_view text) {
  const std::string name(text);
  Address address{};
  if (::inet_pton(AF_INET6, name.c_str(), address.data()) == 1) return address;
  std::array<unsigned char, 4> v4{};
  if (::inet_pton(AF_INET, name.c_str(), v4.data()) != 1) return std::nullopt;
  address[10] = address[11] = 0xff;
  std::memcpy(address.data() + 12, v4.data(), v4.size());
  return address;
}

bool agree(const Address& left, const Address& right, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned mask = 0x80U >> (i % 8);
    if (((left[i / 8] ^ right[i / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool holds(std::string_view network, std::string_view bits_text, const Address& address) {
  const auto base = address_of(network);
  const auto bits = number(bits_text);
  if (!base || !bits) return false;
  const unsigned offset = network.find(':') == std::string_view::npos ? v4_offset : 0;
  return *bits + offset <= 128 && agree(*base, address, *bits + offset);
}

// Takes ":443" off the end of an entry; an IPv6 address without brackets has no port.
std::optional<unsigned> take_port(std::string_view& entry) {
  const std::size_t colon = entry.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  if (entry.find(':') != colon && entry[colon - 1] != ']') return std::nullopt;
  const auto port = number(entry.substr(colon + 1));
  if (port) entry = entry.substr(0, colon);
  return port;
}

bool is_named_by(std::string_view entry, const Url& url, const std::string& host) {
  if (entry == "*") return true;
  const auto port = take_port(entry);
  if (port && *port != url.port) return false;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (const auto address = address_of(host)) {
    const std::size_t slash = entry.find('/');
    if (slash != std::string_view::npos)
      return holds(entry.substr(0, slash), entry.substr(slash + 1), *address);
    return address_of(entry) == address;
  }
  if (entry.starts_with("*.")) entry.remove_prefix(2);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.ends_with('.')) entry.remove_suffix(1);
  const std::string name = text::lower(entry);
  return !name.empty() && (host == name || host.ends_with("." + name));
}

std::string plain_host(std::string_view host) {
  std::string lower = text::lower(host);
  if (lower.ends_with('.')) lower.pop_back();
  return lower;
}

}  // namespace

bool is_named_in(std::string_view no_proxy, const Url& url) {
  constexpr std::string_view between = ", \t";
  const std::string host = plain_host(url.host);
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find_first_of(between), no_proxy.size());
    if (end > 0 && is_named_by(no_proxy.substr(0, end), url, host)) return true;
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
  }
  return false;
}

bool is_this_host(std::string_view host) {
  const std::string name = plain_host(host);
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  const auto address = address_of(name);
  if (!address) return false;
  return agree(*address, *address_of("::1"), 128) || agree(*address, *address_of("127.0.0.0"), v4_offset + 8);
}

}  // namespace pannier::net
