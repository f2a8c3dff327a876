// A TCP server on 127.0.0.1 that can go away like a killed one and come back at its port. Users: doubles that
// speak HTTP. Threads: start and stop belong to one thread; `serve` is called on a thread of its own for each
// connection.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <thread>

#include "tests/doubles/event.h"

namespace pannier::doubles {

class LoopbackServer {
 public:
  // The socket is its own to close; it must return soon after `stopped`. The first connection is 1.
  using Serve = std::function<void(int socket, std::uint64_t connection, const Event& stopped)>;
  LoopbackServer(std::uint16_t port, Serve serve);  // 0: the kernel chooses; it does not listen yet
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint64_t connections() const { return connections_; }  // ever accepted
  void start();
  // As a server that was killed: open connections break, new ones are refused, the port stays ours.
  void stop();

 private:
  struct Served {
    std::thread thread;
    std::atomic<bool> done = false;
  };
  void accept_all();
  void join_finished();

  const Serve serve_;
  int reservation_ = -1;  // bound and never listening: the port is nobody else's while the server is down
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::unique_ptr<Event> stopped_;
  std::thread acceptor_;
  std::list<Served> served_;  // the acceptor's; after its end stop()'s
  std::atomic<std::uint64_t> connections_ = 0;
};

}  // namespace pannier::doubles
