#include "tests/doubles/scripted_proxy.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/fd.h"
#include "tests/doubles/loopback.h"

namespace pannier::doubles {

namespace {

constexpr std::string_view page =
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Please log in</html>";

}  // namespace

ScriptedProxy::ScriptedProxy(std::uint16_t tunnels_to)
    : tunnels_to_(tunnels_to), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0)
    throw std::system_error(errno, std::generic_category(), "listen");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedProxy::~ScriptedProxy() {
  stopped_.happen();
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

std::vector<std::string> ScriptedProxy::heads() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}

bool ScriptedProxy::wait_to_read(int one, int other) const {
  std::array<pollfd, 3> polled{{{stopped_.descriptor(), POLLIN, 0}, {one, POLLIN, 0}, {other, POLLIN, 0}}};
  while (::poll(polled.data(), polled.size(), -1) < 0 && errno == EINTR) {
  }
  return polled[0].revents == 0;
}

bool ScriptedProxy::write(int descriptor, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN) return false;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    std::array<pollfd, 2> polled{{{stopped_.descriptor(), POLLIN, 0}, {descriptor, POLLOUT, 0}}};
    if (count < 0 && ::poll(polled.data(), polled.size(), -1) > 0 && polled[0].revents != 0) return false;
  }
  return true;
}

void ScriptedProxy::accept_all() {
  while (wait_to_read(listener_, -1)) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    threads_.emplace_back([this, client] {
      serve(client);
      ::close(client);
    });
  }
}

void ScriptedProxy::serve(int client) {
  std::string head;
  std::array<char, 4096> room{};
  while (head.find("\r\n\r\n") == std::string::npos) {
    if (!wait_to_read(client, -1)) return;
    const ssize_t count = ::recv(client, room.data(), room.size(), 0);
    if (count <= 0) return;
    head.append(room.data(), static_cast<std::size_t>(count));
  }
  {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head);
  }
  answer(client);
}

void ScriptedProxy::answer(int client) {
  switch (manner_.load()) {
    case Manner::tunnel: splice(client, "HTTP/1.1 200 Connection established\r\n\r\n"); return;
    case Manner::refuse: write(client, "HTTP/1.1 403 Filtered\r\nContent-Length: 0\r\n\r\n"); return;
    case Manner::hang: static_cast<void>(wait_to_read(client, -1)); return;
    case Manner::page: write(client, page); return;
    case Manner::endless_headers:
      write(client, "HTTP/1.1 200 OK\r\n");
      while (write(client, "X-Filler: " + std::string(1000, 'x') + "\r\n")) bytes_written_ += 1000;
      return;
    case Manner::close: return;
  }
}

void ScriptedProxy::splice(int client, std::string_view begun) {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return;
  const int server = socket.get();
  const sockaddr_in address = loopback(tunnels_to_);
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
              write(client, begun);
  std::array<char, 65536> room{};
  while (open && wait_to_read(client, server)) {
    for (const auto& [from, to] : {std::pair(client, server), std::pair(server, client)}) {
      const ssize_t count = ::recv(from, room.data(), room.size(), MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN) continue;
      open = open && count > 0 && write(to, {room.data(), static_cast<std::size_t>(count)});
    }
  }
}

}  // namespace pannier::doubles
