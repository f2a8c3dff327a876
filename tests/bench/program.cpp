#include "tests/bench/program.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace pannier::bench {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address loopback(unsigned short port) {
  Address made;
  auto* const internet = reinterpret_cast<sockaddr_in*>(&made.storage);
  internet->sin_family = AF_INET;
  internet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  internet->sin_port = htons(port);
  made.size = sizeof *internet;
  return made;
}

Address unix_path(const std::string& path) {
  Address made;
  auto* const local = reinterpret_cast<sockaddr_un*>(&made.storage);
  local->sun_family = AF_UNIX;
  if (path.size() >= sizeof local->sun_path) errno = ENAMETOOLONG, fail(path);
  std::memcpy(local->sun_path, path.data(), path.size());
  made.size = sizeof *local;
  return made;
}

Address address_of(Kind kind, const std::string& text) {
  return kind == Kind::udp || kind == Kind::http ? loopback(static_cast<unsigned short>(std::stoi(text)))
                                                 : unix_path(text);
}

int opened(Kind kind) {
  const int family = kind == Kind::udp || kind == Kind::http ? AF_INET : AF_UNIX;
  const int fd = ::socket(family, kind == Kind::stream || kind == Kind::http ? SOCK_STREAM : SOCK_DGRAM, 0);
  if (fd < 0) fail("socket");
  return fd;
}

}  // namespace

void fail(std::string_view what) {
  std::cerr << what << ": " << std::strerror(errno) << '\n';
  std::_Exit(1);
}

Kind kind_of(std::string_view name) {
  if (name == "stream") return Kind::stream;
  if (name == "dgram") return Kind::dgram;
  if (name == "udp") return Kind::udp;
  if (name == "http") return Kind::http;
  errno = EINVAL;
  fail(name);
}

int connected_socket(Kind kind, const std::string& address) {
  const int fd = opened(kind);
  const Address to = address_of(kind, address);
  if (::connect(fd, to.get(), to.size) != 0) fail(address);
  return fd;
}

int bound_socket(Kind kind, const std::string& address) {
  const int fd = opened(kind);
  const Address at = address_of(kind, address);
  if (::bind(fd, at.get(), at.size) != 0) fail(address);
  if (kind == Kind::stream && ::listen(fd, SOMAXCONN) != 0) fail(address);
  return fd;
}

int listening_on_loopback(unsigned short& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  Address at = loopback(0);
  if (fd < 0 || ::bind(fd, at.get(), at.size) != 0 || ::listen(fd, SOMAXCONN) != 0) fail("listen");
  auto* const raw = reinterpret_cast<sockaddr*>(&at.storage);
  if (::getsockname(fd, raw, &at.size) != 0) fail("getsockname");
  port = ntohs(reinterpret_cast<const sockaddr_in*>(&at.storage)->sin_port);
  return fd;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void answer_questions(const std::function<std::string()>& answer) {
  for (std::string line; std::getline(std::cin, line);) std::cout << answer() << std::endl;
}

}  // namespace pannier::bench
