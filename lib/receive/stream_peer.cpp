#include "receive/stream_peer.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace pannier::receive {

namespace {

bool shows(int fd, int one_of) {
  pollfd look{.fd = fd, .events = POLLRDHUP, .revents = 0};
  return ::poll(&look, 1, 0) == 1 && (look.revents & one_of) != 0;
}

// Whether the peer itself has said that it sends no more.
bool has_ended(int fd) {
  return shows(fd, POLLRDHUP | POLLHUP);
}

}  // namespace

Came StreamPeer::read(std::span<char> buffer, SteadyTime now, bool& pause) {
  const ssize_t got = ::recv(fd_, buffer.data(), buffer.size() - record::line_padding, MSG_DONTWAIT);
  if (got > 0) {
    pause = session_.feed({buffer.data(), static_cast<std::size_t>(got)}, now);
    return Came::bytes;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Came::nothing;
  if (got < 0) ending_ = Ending::broken;
  return Came::end;
}

bool StreamPeer::write() {
  for (std::string_view bytes; !(bytes = session_.to_send()).empty();) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      session_.sent(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      session_.stop_sending();
    }
  }
  return true;
}

bool StreamPeer::is_gone() const {
  return shows(fd_, POLLHUP | POLLERR);
}

void StreamPeer::refuse_more() {
  if (!has_ended(fd_)) ending_ = Ending::broken;
  ::shutdown(fd_, SHUT_RD);
}

}  // namespace pannier::receive
