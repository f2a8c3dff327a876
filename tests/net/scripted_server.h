// A raw TCP server on loopback that does to each connection what the test's script says, in a thread of its
// own. Every wait of it ends after ten seconds, and all of them when the server goes.
#pragma once
#include <openssl/types.h>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/fd.h"

namespace pannier::net::test {

class Peer {
 public:
  explicit Peer(Fd fd);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  // From here on everything is encrypted; false: the client or we refused. `context` stays the caller's.
  bool accept_tls(SSL_CTX* context);
  void say_goodbye();                             // TLS's close_notify
  [[nodiscard]] bool resumed() const;             // the client came with a ticket
  [[nodiscard]] std::string server_name() const;  // that the client asked for; empty: none
  std::string read_head();           // up to and with the empty line; what came behind it is kept
  std::string read_request();        // head and body, by its Content-Length; empty: closed
  bool send(std::string_view text);  // false: the client has closed
  bool wait_for_bytes() { return read_some(); }
  bool wait_for_close();         // reads on; true when the client has closed
  void wait_without_reading();   // until the client closes
  void reset();                  // the end of the script closes with a RST
  void close() { fd_.close(); }  // the server does that, after the script
  void interrupt() const;        // from another thread

 private:
  bool read_some();
  Fd fd_;
  SSL* tls_ = nullptr;
  std::string received_;
};

class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;
  explicit ScriptedServer(Script script);
  ~ScriptedServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept();
  Script script_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::list<Peer> peers_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

// True as soon as `fact` is, false after ten seconds.
bool becomes_true(const std::function<bool()>& fact);

}  // namespace pannier::net::test
