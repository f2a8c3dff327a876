#include "net/tcp_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/holder.h"
#include "net/ip_address.h"

namespace pannier::net {
namespace {

constexpr int backlog = 512;
// What the kernel holds for a peer that does not read; left to itself it would be 4 MiB for each.
constexpr int send_buffer = 64 * 1024;

void set(const Fd& fd, int level, int option, int value = 1) {
  ::setsockopt(fd.get(), level, option, &value, sizeof value);
}

bool bind_and_listen(const Fd& fd, const IpAddress& address) {
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0 &&
         ::listen(fd.get(), backlog) == 0;
}

}  // namespace

Result<Fd> listen_tcp(const std::string& text, bool allow_remote, const char* sample) {
  const auto address = listen_address(text, allow_remote, sample);
  if (!address) return address.error();
  Fd fd(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno_error("cannot make a socket");
  // Connections of a predecessor that wait out their time do not hold the port.
  set(fd, SOL_SOCKET, SO_REUSEADDR);
  // Accepted sockets inherit both. An answer's last piece does not wait for an acknowledgement.
  set(fd, IPPROTO_TCP, TCP_NODELAY);
  set(fd, SOL_SOCKET, SO_SNDBUF, send_buffer);
  if (address->storage.ss_family == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
  if (bind_and_listen(fd, *address)) return fd;
  if (errno != EADDRINUSE) return errno_error("cannot listen at TCP " + text);
  return Error{ErrorCode::in_use, "TCP " + text + " is in use, held by " + holder_of_tcp(address->storage)};
}

}  // namespace pannier::net
