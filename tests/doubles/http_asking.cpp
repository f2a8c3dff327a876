#include "tests/doubles/http_asking.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <utility>

#include "tests/doubles/loopback.h"

namespace pannier::doubles {
namespace {

using Clock = std::chrono::steady_clock;

int connected(std::uint16_t port, int receive_buffer) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (receive_buffer > 0)
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  ::close(descriptor);
  return -1;
}

bool wait_for(int descriptor, short events, Clock::time_point end) {
  const auto left = std::chrono::ceil<Deadline>(end - Clock::now()).count();
  pollfd wanted{descriptor, events, 0};
  return left > 0 && ::poll(&wanted, 1, static_cast<int>(left)) > 0;
}

}  // namespace

ReservedPort::ReservedPort() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
  number_ = ntohs(address.sin_port);
}

ReservedPort::~ReservedPort() {
  ::close(descriptor_);
}

RawHttpClient::RawHttpClient(std::uint16_t port, int receive_buffer)
    : descriptor_(connected(port, receive_buffer)) {}

RawHttpClient::~RawHttpClient() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

RawHttpClient::RawHttpClient(RawHttpClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), was_closed_(other.was_closed_) {}

bool RawHttpClient::send(std::string_view bytes, Deadline deadline) {
  auto end = Clock::now() + deadline;
  while (!bytes.empty()) {
    if (!wait_for(descriptor_, POLLOUT, end)) return false;
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    end = Clock::now() + deadline;
  }
  return true;
}

std::string RawHttpClient::read_to_end(Deadline deadline) {
  const auto end = Clock::now() + deadline;
  std::string received;
  std::array<char, 65536> room;
  while (!was_closed_ && wait_for(descriptor_, POLLIN, end)) {
    const ssize_t got = ::recv(descriptor_, room.data(), room.size(), 0);
    was_closed_ = got <= 0;
    if (got > 0) received.append(room.data(), static_cast<std::size_t>(got));
  }
  return received;
}

HttpReply reply_in(const std::string& bytes) {
  HttpReply reply;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos || !bytes.starts_with("HTTP/1.1 ")) return reply;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, reply.status);
  reply.head = bytes.substr(0, end);
  reply.body = bytes.substr(end + 4);
  return reply;
}

HttpReply ask_http(std::uint16_t port, const std::string& method, const std::string& target,
                   const std::string& headers, const std::string& body) {
  RawHttpClient client(port);
  std::string request =
      std::string(method).append(" ").append(target).append(" HTTP/1.1\r\nConnection: close\r\n");
  if (!body.empty()) request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  if (!client.is_open() || !client.send(request.append(headers).append("\r\n").append(body))) return {};
  return reply_in(client.read_to_end());
}

HttpReply get_http(std::uint16_t port, const std::string& target) {
  return ask_http(port, "GET", target);
}

}  // namespace pannier::doubles
