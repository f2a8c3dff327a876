#include "net/unix_http.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/fd.h"
#include "base/units.h"
#include "net/answer_parser.h"

namespace pannier::net {
namespace {

constexpr std::size_t max_answer = 64 * 1024 * 1024;
constexpr std::size_t read_size = 16 * 1024;

// The state of one request: socket, deadline, and the words for its errors.
class Exchange {
 public:
  Exchange(const std::string& path, std::chrono::milliseconds timeout)
      : path_(path), timeout_(timeout), deadline_(steady_now() + timeout) {}

  Result<void> connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) return no_daemon(ENAMETOOLONG);
    std::memcpy(address.sun_path, path_.data(), path_.size());
    fd_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_) return errno_error("cannot make a socket");
    // A full backlog has no event to wait for: asked again until the deadline.
    while (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      if (errno != EAGAIN && errno != EINTR) return no_daemon(errno);
      if (steady_now() >= deadline_) return too_late();
      ::poll(nullptr, 0, 10);
    }
    return {};
  }

  // A server that has heard enough closes early; its answer is then there to be read all the same.
  Result<void> write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EPIPE || errno == ECONNRESET) {
        return {};
      } else if (!wait_after_error(POLLOUT)) {
        return too_late();
      }
    }
    return {};
  }

  Result<HttpAnswer> read() {
    reader_.start(max_answer);
    auto state = AnswerReader::State::reading;
    while (state == AnswerReader::State::reading) {
      const auto room = buffer_.prepare(read_size);
      const ssize_t got = ::recv(fd_.get(), room.data(), room.size(), 0);
      if (got > 0) {
        buffer_.commit(static_cast<std::size_t>(got));
        state = reader_.feed(buffer_);
      } else if (got == 0 || errno == ECONNRESET) {
        state = reader_.end();
      } else if (!wait_after_error(POLLIN)) {
        return too_late();
      }
    }
    return finished(state);
  }

 private:
  Result<HttpAnswer> finished(AnswerReader::State state) {
    if (state == AnswerReader::State::failed)
      return Error{ErrorCode::unavailable,
                   "the daemon at " + path_ + " gave no answer: " + std::string(reader_.failure())};
    if (reader_.answer().body_cut)
      return Error{ErrorCode::limit, "the answer of the daemon at " + path_ + " is over 64MiB"};
    return std::move(reader_.answer());
  }

  // False when the deadline has passed.
  bool wait_after_error(short event) {
    if (errno != EAGAIN && errno != EINTR) return true;  // the next call tells it in its own words
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - steady_now()).count();
    if (left <= 0) return false;
    pollfd wanted{fd_.get(), event, 0};
    ::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    return true;
  }

  Error too_late() const {
    return {ErrorCode::unavailable,
            "the daemon at " + path_ + " gave no answer within " + units::duration_text(timeout_)};
  }

  Error no_daemon(int number) const {
    const std::string reason = std::string(" (") + std::generic_category().message(number) + ")";
    if (number == EACCES || number == EPERM)
      return {ErrorCode::io, "not allowed to use " + path_ + reason +
                                 "; try: sudo, or as the daemon's user or a member of control.read_group"};
    return {ErrorCode::unavailable,
            "no daemon answers at " + path_ + reason + "; is it running? try: pannier run"};
  }

  const std::string& path_;
  std::chrono::milliseconds timeout_;
  SteadyTime deadline_;
  Fd fd_;
  boost::beast::flat_buffer buffer_{AnswerReader::max_buffer + read_size};
  AnswerReader reader_;
};

}  // namespace

Result<HttpAnswer> unix_request(const std::string& socket_path, std::string_view method,
                                std::string_view target, std::string_view body,
                                std::chrono::milliseconds timeout) {
  std::string request(method);
  request.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
  request.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
  request.append("\r\n\r\n").append(body);

  Exchange exchange(socket_path, timeout);
  if (const auto connected = exchange.connect(); !connected) return connected.error();
  if (const auto written = exchange.write(request); !written) return written.error();
  return exchange.read();
}

}  // namespace pannier::net
