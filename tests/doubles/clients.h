// Applications that send to pannier, as simple as real ones. All waits end with a deadline.
// Threads: each belongs to one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/doubles/wait.h"

namespace pannier::doubles {

struct Ack {
  std::uint64_t lines = 0, rejected = 0, filtered = 0;
};

// A client of the Unix stream socket.
class UnixStreamClient {
 public:
  explicit UnixStreamClient(const std::string& path);  // is_open() says whether it worked
  ~UnixStreamClient();
  UnixStreamClient(const UnixStreamClient&) = delete;
  UnixStreamClient& operator=(const UnixStreamClient&) = delete;
  UnixStreamClient(UnixStreamClient&& other) noexcept;
  UnixStreamClient& operator=(UnixStreamClient&&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] bool is_closed() const { return was_closed_; }  // by the daemon, as read_line() saw
  // False where the daemon closed the connection, or took nothing more until the deadline.
  bool send(std::string_view bytes, Deadline deadline = std::chrono::seconds(30));
  bool send_line(std::string_view line);  // and a newline
  // Sends {"hello": members} and gives the answer; members as JSON, without braces.
  std::optional<std::string> hello(std::string_view members, Deadline deadline = std::chrono::seconds(5));
  // The next line that the daemon sends, without its newline.
  std::optional<std::string> read_line(Deadline deadline = std::chrono::seconds(5));
  // Reads until an ack covers `lines` lines and gives that ack; other lines are skipped.
  std::optional<Ack> wait_for_ack(std::uint64_t lines, Deadline deadline = std::chrono::seconds(10));
  // True as soon as the daemon has closed its end; what it sends before is thrown away.
  bool wait_for_close(Deadline deadline = std::chrono::seconds(5));
  void finish_sending() const;  // shutdown(SHUT_WR)
  void close();

 private:
  bool wait_for(short events, std::chrono::steady_clock::time_point end) const;
  int descriptor_ = -1;
  bool was_closed_ = false;
  std::string received_;
};

// A sender of datagrams. On a Unix socket a full queue makes it wait, over UDP nothing ever does.
class DatagramClient {
 public:
  static DatagramClient to_unix(const std::string& path);
  static DatagramClient to_udp(std::uint16_t port);  // on 127.0.0.1
  ~DatagramClient();
  DatagramClient(const DatagramClient&) = delete;
  DatagramClient& operator=(const DatagramClient&) = delete;
  DatagramClient(DatagramClient&& other) noexcept;
  DatagramClient& operator=(DatagramClient&&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  bool send(std::string_view datagram) const;  // false where nobody listens or it is too long

 private:
  explicit DatagramClient(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

std::uint16_t free_udp_port();

}  // namespace pannier::doubles
