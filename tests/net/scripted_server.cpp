#include "tests/net/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <csignal>

namespace pannier::net::test {
namespace {

constexpr timeval limit{10, 0};

std::size_t content_length(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

}  // namespace

Peer::Peer(Fd fd) : fd_(std::move(fd)) {
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

Peer::~Peer() {
  SSL_free(tls_);
}

bool Peer::accept_tls(SSL_CTX* context) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  tls_ = SSL_new(context);
  SSL_set_fd(tls_, fd_.get());
  const bool accepted = SSL_accept(tls_) == 1;
  ERR_clear_error();
  return accepted;
}

void Peer::say_goodbye() {
  SSL_shutdown(tls_);
}

bool Peer::resumed() const {
  return SSL_session_reused(tls_) == 1;
}

std::string Peer::server_name() const {
  const char* name = SSL_get_servername(tls_, TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

bool Peer::read_some() {
  std::array<char, 65536> room{};
  const ssize_t got = tls_ != nullptr ? SSL_read(tls_, room.data(), static_cast<int>(room.size()))
                                      : ::recv(fd_.get(), room.data(), room.size(), 0);
  if (got > 0) received_.append(room.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string Peer::read_head() {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!read_some()) return {};
  const std::string head = received_.substr(0, end + 4);
  received_.erase(0, end + 4);
  return head;
}

std::string Peer::read_request() {
  const std::string head = read_head();
  const std::size_t length = content_length(head);
  while (received_.size() < length)
    if (!read_some()) return {};
  const std::string body = received_.substr(0, length);
  received_.erase(0, length);
  return head + body;
}

bool Peer::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = tls_ != nullptr ? SSL_write(tls_, text.data(), static_cast<int>(text.size()))
                                         : ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Peer::wait_for_close() {
  std::array<char, 65536> room{};
  ssize_t got = 0;
  while ((got = ::recv(fd_.get(), room.data(), room.size(), 0)) > 0) {
  }
  return got == 0 || errno == ECONNRESET;
}

void Peer::wait_without_reading() {
  pollfd closing{fd_.get(), POLLRDHUP, 0};
  ::poll(&closing, 1, 10'000);
}

void Peer::reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

void Peer::interrupt() const {
  ::shutdown(fd_.get(), SHUT_RDWR);
}

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listener_.get(), 64);
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

void ScriptedServer::accept() {
  for (;;) {
    Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    Peer& peer = peers_.emplace_back(std::move(fd));
    threads_.emplace_back([this, &peer] {
      script_(peer);
      const std::lock_guard closing(mutex_);
      peer.close();
    });
  }
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& peer : peers_) peer.interrupt();
  }
  for (auto& thread : threads_) thread.join();
}

bool becomes_true(const std::function<bool()>& fact) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!fact()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace pannier::net::test
