// The other end of a shim: a listening Unix socket that does only what a test says, and what came over it.
// Users: the tests of the C++ shim. Failures throw: no test can go on without. Threads: one.
#pragma once
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <pannier.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tests/doubles/temporary_folder.h"
#include "tests/doubles/wait.h"

namespace pannier::client_test {

using namespace std::chrono_literals;
using doubles::Deadline;
using doubles::wait_until;

inline constexpr Deadline patience = 60s;

inline int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    close();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }
  [[nodiscard]] int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

// One accepted connection and all that was read from it.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}

  // Reads what is there; true as soon as the shim has closed its end.
  bool read() {
    static char bytes[1 << 16];
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (got < 0 && errno == EAGAIN) return false;
      if (got <= 0) return true;
      text_.append(bytes, static_cast<std::size_t>(got));
    }
  }
  bool read_to_end() {
    return wait_until([this] { return read(); }, patience);
  }
  // As the daemon at its end: nobody may send any more, what was sent is read.
  void refuse_more() const { ::shutdown(fd_.get(), SHUT_RD); }
  void read_out() {
    refuse_more();
    read();
  }
  void close() { fd_.close(); }

  [[nodiscard]] const std::string& text() const { return text_; }
  // Whole lines but blank ones and those about drops, and a last line that was cut off: what the daemon
  // counts.
  [[nodiscard]] std::vector<std::string> records() const {
    std::vector<std::string> found;
    for (const std::string& line : lines())
      if (line.find(control) != 0) found.push_back(line);
    return found;
  }
  [[nodiscard]] std::uint64_t drops_told() const {
    std::uint64_t sum = 0;
    for (const std::string& line : lines())
      if (line.find(control) == 0) sum += std::strtoull(line.c_str() + control.size(), nullptr, 10);
    return sum;
  }

 private:
  static constexpr std::string_view control = "{\"client_dropped\":";
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> found;
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      if (end != at) found.push_back(text_.substr(at, end - at));
      at = end + 1;
    }
    return found;
  }

  Descriptor fd_;
  std::string text_;
};

// A socket at `path` that listens until close().
class Listener {
 public:
  explicit Listener(const std::string& path, int backlog = 64)
      : fd_(checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
    ::unlink(path.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    checked(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    checked(::listen(fd_.get(), backlog), "listen");
  }
  [[nodiscard]] bool has_caller(Deadline within = patience) const {
    pollfd look{fd_.get(), POLLIN, 0};
    return ::poll(&look, 1, static_cast<int>(within.count())) == 1;
  }
  [[nodiscard]] Connection accept() const {
    if (!has_caller()) throw std::runtime_error("nobody connects");
    return Connection(checked(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  }
  [[nodiscard]] int get() const { return fd_.get(); }
  void close() { fd_.close(); }

 private:
  Descriptor fd_;
};

// A folder with a socket's path, and options for it that wait little. The test's own environment says
// nothing.
struct Place {
  Place() {
    for (const char* name : {"PANNIER_URL", "PANNIER_DISABLED", "PANNIER_DEBUG", "XDG_RUNTIME_DIR"})
      ::unsetenv(name);
    options.url = url;
    options.linger = 1ms;
    options.retry = 1ms;
    options.retry_cap = 20ms;
    options.close_within = 0ms;
  }
  doubles::TemporaryFolder folder;
  std::string path = folder / "pannier.sock";
  std::string url = "unix://" + path;
  Options options;
};

inline Record usual_record() {
  Record record;
  record.method = "GET";
  record.endpoint = "/users/{user_id}";
  record.status = 200;
  record.response_time_ms = 12.5;
  return record;
}

// handed_in = sent + waiting + dropped, at any moment.
inline bool is_balanced(const Counters& counters) {
  return counters.handed_in == counters.sent + counters.waiting + counters.all_dropped();
}

// A full client takes nothing, or what its sender just made room for, and counts the rest. That it was full
// before is no reason that it still is: the sender's thread may have been late.
inline void expect_rest_is_counted(Client& client) {
  constexpr std::uint64_t records = 1000;
  const std::uint64_t before = client.counters()[DropReason::full];
  std::uint64_t taken = 0;
  for (std::uint64_t i = 0; i != records; ++i) taken += client.report(usual_record()) ? 1 : 0;
  EXPECT_LT(taken, records);
  EXPECT_EQ(client.counters()[DropReason::full], before + records - taken);
}

}  // namespace pannier::client_test
