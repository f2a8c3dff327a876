#include "net/udp_socket.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "base/text.h"
#include "net/holder.h"

namespace pannier::net {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool is_loopback = false;
};

bool fill_v4(Address& address, const std::string& host, std::uint16_t port) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  address.size = sizeof v4;
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return false;
  address.is_loopback = (ntohl(v4.sin_addr.s_addr) >> 24U) == 127;
  return true;
}

bool fill_v6(Address& address, const std::string& host, std::uint16_t port) {
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  address.size = sizeof v6;
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) return false;
  address.is_loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0;
  return true;
}

std::optional<Address> parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, wrong] = std::from_chars(text.data() + colon + 1, end, port);
  if (wrong != std::errc{} || stop != end) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  Address address;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool good = bracketed ? fill_v6(address, std::string(host.substr(1, host.size() - 2)), port)
                              : fill_v4(address, std::string(host), port);
  return good ? std::optional(address) : std::nullopt;
}

Result<Address> judged(const std::string& text, bool allow_remote) {
  const auto address = parse(text);
  const std::string shown = text::shown(text);
  if (!address)
    return Error{ErrorCode::invalid,
                 "\"" + shown + "\" is not an IP address with a port; write 127.0.0.1:6258 or [::1]:6258"};
  if (!address->is_loopback && !allow_remote)
    return Error{ErrorCode::invalid,
                 shown + " is open to other hosts; write 127.0.0.1, or set allow_remote: true"};
  return *address;
}

}  // namespace

Result<void> check_udp_address(const std::string& address, bool allow_remote) {
  const auto result = judged(address, allow_remote);
  if (!result) return result.error();
  return {};
}

Result<Fd> bind_udp(const std::string& text, bool allow_remote) {
  const auto address = judged(text, allow_remote);
  if (!address) return address.error();
  Fd fd(::socket(address->storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno_error("cannot make a socket");
  const int on = 1;
  if (address->storage.ss_family == AF_INET6)
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->size) == 0) return fd;
  if (errno != EADDRINUSE) return errno_error("cannot bind UDP " + text);
  return Error{ErrorCode::in_use, "UDP " + text + " is in use, held by " + holder_of_udp(address->storage)};
}

std::size_t enlarge_receive_buffer(int fd, std::size_t bytes) {
  const int wanted = static_cast<int>(bytes);
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0)
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
  int granted = 0;
  socklen_t size = sizeof granted;
  ::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size);
  return static_cast<std::size_t>(granted) / 2;  // the kernel doubles what it is asked for, for its own books
}

std::optional<std::uint64_t> kernel_drops(int fd) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> values{};
  socklen_t size = sizeof values;
  if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values.data(), &size) != 0) return std::nullopt;
  if (size <= SK_MEMINFO_DROPS * sizeof(std::uint32_t)) return std::nullopt;
  return values[SK_MEMINFO_DROPS];
}

}  // namespace pannier::net
