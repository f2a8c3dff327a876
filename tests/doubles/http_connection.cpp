#include "tests/doubles/http_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "base/text.h"

namespace pannier::doubles {

namespace {

constexpr std::size_t largest_head = 64 * 1024;
constexpr std::size_t largest_body = 256 * 1024 * 1024;
constexpr Deadline for_the_peer{30'000};

// Which of the descriptors are ready: bit 0 the socket, 1 the stop, 2 the other event; 0 where time is over.
unsigned ready(int socket, short events, const Event& stopped, const Event* other,
               std::optional<Deadline> time) {
  std::array<pollfd, 3> polled{{{socket, events, 0},
                                {stopped.descriptor(), POLLIN, 0},
                                {other == nullptr ? -1 : other->descriptor(), POLLIN, 0}}};
  int count = 0;
  do {
    count = ::poll(polled.data(), polled.size(), time ? static_cast<int>(time->count()) : -1);
  } while (count < 0 && errno == EINTR);
  unsigned result = 0;
  for (unsigned index = 0; index != polled.size(); ++index) {
    if (polled[index].revents != 0) result |= 1U << index;
  }
  return result;
}

HttpRequest parse_head(std::string_view head) {
  HttpRequest request;
  const std::string_view first = head.substr(0, head.find("\r\n"));
  const std::size_t space = first.find(' ');
  const std::size_t second = first.find(' ', space + 1);
  if (space == std::string_view::npos || second == std::string_view::npos) return request;
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, second - space - 1);
  head.remove_prefix(std::min(head.size(), first.size() + 2));
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      request.headers[text::lower(line.substr(0, colon))] = text::trimmed(line.substr(colon + 1));
    }
    head.remove_prefix(std::min(head.size(), line.size() + 2));
  }
  return request;
}

std::optional<std::size_t> body_size(const HttpRequest& request) {
  const auto found = request.headers.find("content-length");
  if (found == request.headers.end()) return request.method == "POST" ? std::nullopt : std::optional(0UL);
  const std::string& digits = found->second;
  std::size_t size = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || size > largest_body) return {};
  return size;
}

}  // namespace

HttpConnection::~HttpConnection() {
  ::close(socket_);
}

bool HttpConnection::wait_for_request(Deadline idle) {
  if (!buffer_.empty()) return true;
  char first = 0;
  return ready(socket_, POLLIN, stopped_, nullptr, idle) == 1U && ::recv(socket_, &first, 1, MSG_PEEK) == 1;
}

bool HttpConnection::read_more() {
  if (ready(socket_, POLLIN, stopped_, nullptr, for_the_peer) != 1U) return false;
  std::array<char, 65536> bytes;
  const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<std::size_t> HttpConnection::head_end() {
  for (;;) {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) return end;
    if (buffer_.size() > largest_head || !read_more()) return {};
  }
}

std::optional<HttpRequest> HttpConnection::read_request() {
  const auto end = head_end();
  if (!end) return {};
  HttpRequest request = parse_head(std::string_view(buffer_).substr(0, *end));
  const auto size = body_size(request);
  if (request.method.empty() || !size) return {};
  while (buffer_.size() < *end + 4 + *size) {
    if (!read_more()) return {};
  }
  request.body = buffer_.substr(*end + 4, *size);
  buffer_.erase(0, *end + 4 + *size);
  return request;
}

bool HttpConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EAGAIN || ready(socket_, POLLOUT, stopped_, nullptr, for_the_peer) != 1U) {
      return false;
    }
  }
  return true;
}

bool HttpConnection::pause(const Event* wake, std::optional<Deadline> time) {
  return (ready(socket_, POLLRDHUP, stopped_, wake, time) & 4U) != 0;
}

std::string http_bytes(const Answer& answer, int length_error) {
  std::string bytes = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\n";
  for (const auto& [name, value] : answer.headers) bytes += name + ": " + value + "\r\n";
  const auto length = static_cast<std::int64_t>(answer.body.size()) + length_error;
  bytes += "content-length: " + std::to_string(length) + "\r\n\r\n";
  return bytes + answer.body;
}

}  // namespace pannier::doubles
