// Stand-ins for the daemon's two sockets: what a command meets there, from a script.
// Threads: each runs one of its own, ended by its destructor. All waits end with a deadline.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::daemon::commands {

// One end of an accepted connection.
class Peer {
 public:
  explicit Peer(Fd socket) : socket_(std::move(socket)) {}
  // The next line without newline; empty at the end, or after ten seconds.
  std::string line();
  // All up to a blank line: the head of an HTTP request. Its body is not read.
  std::string head();
  void write(std::string_view text);
  // The peer has closed its end: found by reading all that it sent.
  bool is_closed();
  // The same, found without reading anything.
  bool is_gone();

 private:
  bool fill();
  Fd socket_;
  std::string received_;
};

// Serves connections one after another, each by `serve`.
class FakeServer {
 public:
  FakeServer(const std::string& path, std::function<void(Peer&)> serve);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

 private:
  void run();
  Fd listener_;
  Fd stop_read_, stop_write_;
  std::function<void(Peer&)> serve_;
  std::thread thread_;
};

// A control socket that answers "GET /status" with what it was given for that.
struct ControlAnswer {
  int status = 200;
  std::string body;
};
std::function<void(Peer&)> answering(std::map<std::string, ControlAnswer> answers);

}  // namespace pannier::daemon::commands
