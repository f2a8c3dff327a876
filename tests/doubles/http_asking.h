// Who asks pannier over HTTP on 127.0.0.1: scrapers, health checks, browsers and worse.
// Threads: each belongs to one thread. All waits end with a deadline.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/doubles/wait.h"

namespace pannier::doubles {

// A TCP port on 127.0.0.1 that nobody else gets while this lives; whoever sets SO_REUSEADDR may listen there.
class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  [[nodiscard]] std::uint16_t number() const { return number_; }

 private:
  int descriptor_;
  std::uint16_t number_ = 0;
};

// Says what a test wants it to say.
class RawHttpClient {
 public:
  // is_open() says whether it worked. `receive_buffer`: what the kernel takes for it; 0: as usual.
  explicit RawHttpClient(std::uint16_t port, int receive_buffer = 0);
  ~RawHttpClient();
  RawHttpClient(const RawHttpClient&) = delete;
  RawHttpClient& operator=(const RawHttpClient&) = delete;
  RawHttpClient(RawHttpClient&& other) noexcept;
  RawHttpClient& operator=(RawHttpClient&&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  // False where the server went, or took nothing more for the deadline.
  bool send(std::string_view bytes, Deadline deadline = std::chrono::seconds(10));
  // All that comes until the server closes, or the deadline.
  std::string read_to_end(Deadline deadline = std::chrono::seconds(20));
  [[nodiscard]] bool was_closed() const { return was_closed_; }  // while read_to_end read

 private:
  int descriptor_;
  bool was_closed_ = false;
};

struct HttpReply {
  int status = 0;  // 0: none came
  std::string head, body;
};
HttpReply reply_in(const std::string& bytes);

// One request on a connection of its own; `headers` each with \r\n, Host among them.
HttpReply ask_http(std::uint16_t port, const std::string& method, const std::string& target,
                   const std::string& headers = "Host: localhost\r\n", const std::string& body = {});
HttpReply get_http(std::uint16_t port, const std::string& target);

}  // namespace pannier::doubles
