#include "tests/doubles/clients.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tests/doubles/json_document.h"
#include "tests/doubles/loopback.h"

namespace pannier::doubles {

namespace {

using Clock = std::chrono::steady_clock;

int connected(int type, const void* address, socklen_t size, int family) {
  const int descriptor = ::socket(family, type | SOCK_CLOEXEC, 0);
  if (::connect(descriptor, static_cast<const sockaddr*>(address), size) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

int connected_unix(int type, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return -1;
  std::memcpy(address.sun_path, path.data(), path.size());
  return connected(type, &address, sizeof address, AF_UNIX);
}

}  // namespace

UnixStreamClient::UnixStreamClient(const std::string& path)
    : descriptor_(connected_unix(SOCK_STREAM, path)) {}

UnixStreamClient::~UnixStreamClient() {
  close();
}

UnixStreamClient::UnixStreamClient(UnixStreamClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      was_closed_(other.was_closed_),
      received_(std::move(other.received_)) {}

bool UnixStreamClient::wait_for(short events, Clock::time_point end) const {
  const auto left = std::chrono::ceil<Deadline>(end - Clock::now());
  pollfd polled{descriptor_, events, 0};
  return ::poll(&polled, 1, static_cast<int>(std::max(Deadline(0), left).count())) == 1;
}

bool UnixStreamClient::send(std::string_view bytes, Deadline deadline) {
  const auto end = Clock::now() + deadline;
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EAGAIN || !wait_for(POLLOUT, end)) {
      return false;
    }
  }
  return true;
}

bool UnixStreamClient::send_line(std::string_view line) {
  return send(std::string(line) + "\n");
}

std::optional<std::string> UnixStreamClient::hello(std::string_view members, Deadline deadline) {
  if (!send_line(R"({"hello":{)" + std::string(members) + "}}")) return {};
  return read_line(deadline);
}

std::optional<std::string> UnixStreamClient::read_line(Deadline deadline) {
  const auto time_limit = Clock::now() + deadline;
  for (;;) {
    const std::size_t end = received_.find('\n');
    if (end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    std::array<char, 4096> bytes;
    if (!wait_for(POLLIN, time_limit)) return {};
    const ssize_t count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    was_closed_ = count <= 0;
    if (was_closed_) return {};
    received_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

std::optional<Ack> UnixStreamClient::wait_for_ack(std::uint64_t lines, Deadline deadline) {
  const auto end = Clock::now() + deadline;
  for (;;) {
    const auto left = std::chrono::ceil<Deadline>(end - Clock::now());
    const auto line = read_line(std::max(Deadline(0), left));
    if (!line) return {};
    const JsonDocument document(*line);
    if (!document.has("/ack") || document.number("/ack") < lines) continue;
    return Ack{document.number("/ack"), document.number("/rejected"), document.number("/filtered")};
  }
}

bool UnixStreamClient::wait_for_close(Deadline deadline) {
  const auto end = Clock::now() + deadline;
  std::array<char, 4096> bytes;
  while (wait_for(POLLIN, end)) {
    if (::recv(descriptor_, bytes.data(), bytes.size(), 0) <= 0) return true;
  }
  return false;
}

void UnixStreamClient::finish_sending() const {
  ::shutdown(descriptor_, SHUT_WR);
}

void UnixStreamClient::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

DatagramClient DatagramClient::to_unix(const std::string& path) {
  return DatagramClient(connected_unix(SOCK_DGRAM, path));
}

DatagramClient DatagramClient::to_udp(std::uint16_t port) {
  const sockaddr_in address = loopback(port);
  return DatagramClient(connected(SOCK_DGRAM, &address, sizeof address, AF_INET));
}

DatagramClient::~DatagramClient() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

DatagramClient::DatagramClient(DatagramClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

bool DatagramClient::send(std::string_view datagram) const {
  return ::send(descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(datagram.size());
}

std::uint16_t free_udp_port() {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

}  // namespace pannier::doubles
