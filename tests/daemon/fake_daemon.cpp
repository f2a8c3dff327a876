#include "tests/daemon/fake_daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

#include "net/unix_socket.h"

namespace pannier::daemon::commands {
namespace {

constexpr int patience_ms = 10'000;

}  // namespace

bool Peer::fill() {
  pollfd wanted{socket_.get(), POLLIN, 0};
  if (::poll(&wanted, 1, patience_ms) <= 0) return false;
  std::array<char, 65536> buffer{};
  const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::string Peer::line() {
  std::size_t end = 0;
  while ((end = received_.find('\n')) == std::string::npos)
    if (!fill()) return {};
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 1);
  return line;
}

std::string Peer::head() {
  while (received_.find("\r\n\r\n") == std::string::npos)
    if (!fill()) return {};
  return received_;
}

void Peer::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Peer::is_closed() {
  received_.clear();
  while (fill()) received_.clear();
  std::array<char, 1> one{};
  return ::recv(socket_.get(), one.data(), one.size(), MSG_DONTWAIT) == 0;
}

bool Peer::is_gone() {
  pollfd wanted{socket_.get(), 0, 0};
  return ::poll(&wanted, 1, patience_ms) == 1 && (wanted.revents & POLLHUP) != 0;
}

FakeServer::FakeServer(const std::string& path, std::function<void(Peer&)> serve) : serve_(std::move(serve)) {
  auto socket = net::listen_unix({.path = path, .mode = 0600});
  std::array<int, 2> ends{};
  if (!socket || ::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no fake daemon at " + path);
  listener_ = std::move(socket->fd);
  stop_read_ = Fd(ends[0]);
  stop_write_ = Fd(ends[1]);
  thread_ = std::thread([this] { run(); });
}

FakeServer::~FakeServer() {
  stop_write_.close();
  thread_.join();
}

void FakeServer::run() {
  for (;;) {
    std::array<pollfd, 2> wanted{{{listener_.get(), POLLIN, 0}, {stop_read_.get(), POLLIN, 0}}};
    ::poll(wanted.data(), wanted.size(), -1);
    if (wanted[1].revents != 0) return;
    Fd accepted(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted) continue;
    Peer peer(std::move(accepted));
    serve_(peer);
  }
}

std::function<void(Peer&)> answering(std::map<std::string, ControlAnswer> answers) {
  return [answers = std::move(answers)](Peer& peer) {
    const std::string head = peer.head();
    const std::string asked = head.substr(0, head.find(" HTTP/"));
    const auto found = answers.find(asked);
    const ControlAnswer answer = found == answers.end() ? ControlAnswer{404, "{}"} : found->second;
    peer.write("HTTP/1.1 " + std::to_string(answer.status) +
               " X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
               std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body);
  };
}

}  // namespace pannier::daemon::commands
