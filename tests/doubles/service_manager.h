// A service manager as far as a daemon sees one: it listens at NOTIFY_SOCKET, and its sockets are handed
// over. Threads: one.
#pragma once
#include <string>
#include <vector>

#include "tests/doubles/process.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::doubles {

class NotifySocket {
 public:
  NotifySocket();  // throws where it cannot be made
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] std::string path() const { return folder_ / "notify"; }
  // What a daemon is to be started with.
  [[nodiscard]] Environment environment() const { return {{"NOTIFY_SOCKET", path()}}; }

  // Reads until a line begins so; false if none does until the deadline. What was read is in lines().
  [[nodiscard]] bool wait_for(std::string_view beginning, Deadline deadline);
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  void forget();      // what lies in the socket, and lines()
  void fill() const;  // until it takes no more: nobody reads

 private:
  bool read_one();
  TemporaryFolder folder_;
  int descriptor_ = -1;
  std::vector<std::string> lines_;
};

// Sockets that outlive daemons: each is given to pannier_test_activate, which hands them to the program that
// it becomes.
class HandedOver {
 public:
  HandedOver() = default;
  ~HandedOver();
  HandedOver(const HandedOver&) = delete;
  HandedOver& operator=(const HandedOver&) = delete;

  // In the order of the names that environment() is told.
  void unix_socket(int type, const std::string& path);  // bound; a stream listens
  void udp_socket(std::uint32_t address, std::uint16_t port);
  void descriptor(int descriptor);  // it is this object's from now on

  // What a daemon is started with: run by activate_program(), in an environment with these.
  static std::string activate_program();
  static Environment environment(const std::vector<std::string>& names);  // before there are sockets

 private:
  std::vector<int> descriptors_;
};

}  // namespace pannier::doubles
