#include "net/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>

#include "base/text.h"

namespace pannier::net {
namespace {

bool fill_v4(IpAddress& address, const std::string& host, std::uint16_t port) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  address.size = sizeof v4;
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return false;
  address.is_loopback = (ntohl(v4.sin_addr.s_addr) >> 24U) == 127;
  address.is_any = v4.sin_addr.s_addr == INADDR_ANY;
  return true;
}

bool fill_v6(IpAddress& address, const std::string& host, std::uint16_t port) {
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  address.size = sizeof v6;
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) return false;
  address.is_loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0;
  address.is_any = IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr) != 0;
  return true;
}

std::optional<IpAddress> filled(std::string_view host, std::uint16_t port) {
  IpAddress address;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool good = bracketed ? fill_v6(address, std::string(host.substr(1, host.size() - 2)), port)
                              : fill_v4(address, std::string(host), port);
  return good ? std::optional(address) : std::nullopt;
}

std::string other_example(std::string_view example) {
  return "[::1]" + std::string(example.substr(example.rfind(':')));
}

bool is_same_host(const IpAddress& left, const IpAddress& right) {
  if (left.storage.ss_family != right.storage.ss_family) return false;
  if (left.storage.ss_family == AF_INET)
    return reinterpret_cast<const sockaddr_in&>(left.storage).sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in&>(right.storage).sin_addr.s_addr;
  return std::memcmp(&reinterpret_cast<const sockaddr_in6&>(left.storage).sin6_addr,
                     &reinterpret_cast<const sockaddr_in6&>(right.storage).sin6_addr, sizeof(in6_addr)) == 0;
}

// To connect to 0.0.0.0 is to connect to this host's loopback.
bool arrives_at(const std::optional<IpAddress>& target, const IpAddress& listener) {
  if (!target) return false;
  if (listener.is_any) return target->is_loopback || target->is_any;
  return is_same_host(*target, listener) || (target->is_any && listener.is_loopback);
}

}  // namespace

std::uint16_t IpAddress::port() const {
  return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);  // at the same place in IPv6
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, wrong] = std::from_chars(text.data() + colon + 1, end, port);
  if (wrong != std::errc{} || stop != end) return std::nullopt;
  return filled(text.substr(0, colon), port);
}

bool is_ip_literal(std::string_view host) {
  return filled(host, 0).has_value();
}

Result<IpAddress> listen_address(std::string_view text, bool allow_remote, std::string_view example) {
  const auto address = parse_ip_address(text);
  const std::string shown = text::shown(text);
  if (!address)
    return Error{ErrorCode::invalid, "\"" + shown + "\" is not an IP address with a port; write " +
                                         std::string(example) + " or " + other_example(example)};
  if (!address->is_loopback && !allow_remote)
    return Error{ErrorCode::invalid,
                 shown + " is open to other hosts; write 127.0.0.1, or set allow_remote: true"};
  return *address;
}

bool leads_to(const Url& url, const IpAddress& listener) {
  if (url.port != listener.port()) return false;
  if (url.host == "localhost")
    return arrives_at(filled("127.0.0.1", url.port), listener) ||
           arrives_at(filled("[::1]", url.port), listener);
  const bool is_v6 = url.host.find(':') != std::string::npos;
  return arrives_at(filled(is_v6 ? "[" + url.host + "]" : url.host, url.port), listener);
}

}  // namespace pannier::net
