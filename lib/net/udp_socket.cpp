#include "net/udp_socket.h"

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "net/holder.h"
#include "net/ip_address.h"

namespace pannier::net {

Result<void> check_udp_address(const std::string& address, bool allow_remote) {
  const auto result = listen_address(address, allow_remote);
  if (!result) return result.error();
  return {};
}

Result<Fd> bind_udp(const std::string& text, bool allow_remote) {
  const auto address = listen_address(text, allow_remote);
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
