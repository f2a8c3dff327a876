// Sockets as an application opens them. Failures throw: no test can go on without. Threads: plain values.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "base/fd.h"

namespace pannier::receive {

inline int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

inline sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

inline const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

inline Fd bound_unix(int type, const std::filesystem::path& path) {
  Fd fd(checked(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  const sockaddr_un address = address_of(path);
  checked(::bind(fd.get(), generic(address), sizeof address), "bind");
  if (type == SOCK_STREAM) checked(::listen(fd.get(), 1024), "listen");
  return fd;
}

inline Fd connected_unix(int type, const std::filesystem::path& path) {
  Fd fd(checked(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0), "socket"));
  const sockaddr_un address = address_of(path);
  checked(::connect(fd.get(), generic(address), sizeof address), "connect");
  return fd;
}

inline Fd bound_udp() {
  Fd fd(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  return fd;
}

inline Fd connected_udp(const Fd& to) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  checked(::getsockname(to.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  Fd fd(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  checked(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), "connect");
  return fd;
}

inline void send_all(const Fd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    checked(static_cast<int>(sent), "send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// What lies there now.
inline std::string received(const Fd& fd) {
  std::string text(64 * 1024, '\0');
  const auto got = ::recv(fd.get(), text.data(), text.size(), MSG_DONTWAIT);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

inline bool is_closed_by_peer(const Fd& fd) {
  char byte = 0;
  const auto got = ::recv(fd.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
  return got == 0 || (got < 0 && errno != EAGAIN);
}

}  // namespace pannier::receive
