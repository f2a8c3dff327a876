#include "net/handed_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <optional>

#include "base/text.h"

namespace pannier::net {
namespace {

struct Needs {
  int type;
  bool is_unix;
  const char* words;
};

Needs needs_of(SocketKind kind) {
  switch (kind) {
    case SocketKind::unix_stream:
      return {SOCK_STREAM, true, "a Unix stream socket that listens (ListenStream=/PATH)"};
    case SocketKind::unix_datagram:
      return {SOCK_DGRAM, true, "a Unix datagram socket (ListenDatagram=/PATH)"};
    case SocketKind::tcp:
      return {SOCK_STREAM, false, "a TCP socket that listens (ListenStream=127.0.0.1:4318)"};
    case SocketKind::udp: break;
  }
  return {SOCK_DGRAM, false, "a UDP socket (ListenDatagram=127.0.0.1:6258)"};
}

std::optional<int> option(const Fd& fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd.get(), SOL_SOCKET, name, &value, &size) != 0) return std::nullopt;
  return value;
}

std::string family_name(int family) {
  if (family == AF_UNIX) return "a Unix";
  if (family == AF_INET) return "an IPv4";
  return family == AF_INET6 ? "an IPv6" : "a family " + std::to_string(family);
}

std::string type_name(int type) {
  if (type == SOCK_STREAM) return " stream socket";
  if (type == SOCK_DGRAM) return " datagram socket";
  return type == SOCK_SEQPACKET ? " sequential packet socket" : " socket of type " + std::to_string(type);
}

Error unfit(const std::string& is, SocketKind kind) {
  return {ErrorCode::invalid, "the descriptor that was handed over is " + is + "; expected " +
                                  needs_of(kind).words + ", see its socket unit"};
}

Result<void> check(const Fd& fd, SocketKind kind) {
  const Needs needs = needs_of(kind);
  const auto family = option(fd, SO_DOMAIN);
  const auto type = option(fd, SO_TYPE);
  if (!family || !type) return unfit("not open, or no socket", kind);
  const bool family_fits = needs.is_unix ? *family == AF_UNIX : *family == AF_INET || *family == AF_INET6;
  if (!family_fits || *type != needs.type) return unfit(family_name(*family) + type_name(*type), kind);
  // With Accept=yes systemd hands over a connection and starts a daemon for each.
  if (*type == SOCK_STREAM && option(fd, SO_ACCEPTCONN) != 1)
    return unfit("a stream socket that does not listen (Accept=yes?)", kind);
  return {};
}

std::string unix_place(const sockaddr_un& address, socklen_t size) {
  const std::size_t length = size - std::min<std::size_t>(size, offsetof(sockaddr_un, sun_path));
  std::string path(address.sun_path, std::min(length, sizeof address.sun_path));
  if (path.empty()) return path;
  if (path.front() != '\0') return path.substr(0, path.find('\0'));
  path.front() = '@';
  return text::shown(path);
}

void fill_inet(HandedSocket& socket, const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    socket.is_loopback = (ntohl(v4.sin_addr.s_addr) >> 24U) == 127;
    socket.place = std::string(text.data()) + ":" + std::to_string(ntohs(v4.sin_port));
    return;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  socket.is_loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0;
  socket.place = "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

Result<void> find_place(HandedSocket& socket, SocketKind kind) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(socket.fd.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0)
    return errno_error("cannot tell where the socket that was handed over is bound");
  if (storage.ss_family == AF_UNIX)
    socket.place = unix_place(reinterpret_cast<const sockaddr_un&>(storage), size);
  else
    fill_inet(socket, storage);
  const bool is_bound = !socket.place.empty() && !socket.place.ends_with(":0");
  return is_bound ? Result<void>{} : unfit("a socket that is bound nowhere", kind);
}

Result<void> make_as_ours(const Fd& fd, SocketKind kind) {
  const int status = ::fcntl(fd.get(), F_GETFL);
  if (status < 0 || ::fcntl(fd.get(), F_SETFL, status | O_NONBLOCK) != 0 ||
      ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0)
    return errno_error("cannot set up the socket that was handed over");
  const int on = 1;
  if (kind == SocketKind::unix_datagram) ::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  return {};
}

}  // namespace

Result<HandedSocket> adopt_socket(Fd fd, SocketKind kind) {
  HandedSocket socket;
  socket.fd = std::move(fd);
  if (auto right = check(socket.fd, kind); !right) return right.error();
  if (auto found = find_place(socket, kind); !found) return found.error();
  if (auto made = make_as_ours(socket.fd, kind); !made) return made.error();
  // The kernel doubles what it is asked for, for its own books.
  socket.receive_buffer = static_cast<std::size_t>(option(socket.fd, SO_RCVBUF).value_or(0)) / 2;
  return socket;
}

}  // namespace pannier::net
