// An HTTP proxy on loopback that opens tunnels to one port, whatever is asked for, or misbehaves.
// Threads: every member may be called from any thread. One thread accepts, one serves each connection.
#pragma once
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/doubles/event.h"

namespace pannier::doubles {

class ScriptedProxy {
 public:
  enum class Manner { tunnel, refuse, hang, page, endless_headers, close };
  explicit ScriptedProxy(std::uint16_t tunnels_to);
  ~ScriptedProxy();
  ScriptedProxy(const ScriptedProxy&) = delete;
  ScriptedProxy& operator=(const ScriptedProxy&) = delete;

  void behave(Manner manner) { manner_ = manner; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<std::string> heads() const;                         // of the requests so far
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }  // of endless headers

 private:
  void accept_all();
  void serve(int client);
  void answer(int client);
  void splice(int client, std::string_view begun);
  [[nodiscard]] bool wait_to_read(int one, int other) const;
  bool write(int descriptor, std::string_view bytes) const;

  const std::uint16_t tunnels_to_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<Manner> manner_ = Manner::tunnel;
  std::atomic<std::uint64_t> bytes_written_ = 0;
  Event stopped_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;  // guarded by mutex_
  std::list<std::thread> threads_;  // the acceptor's
  std::thread acceptor_;
};

}  // namespace pannier::doubles
