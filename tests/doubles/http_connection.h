// The server's end of one HTTP/1.1 connection, blocking, in plain POSIX: it must be able to misbehave, which
// a library would not let it. Every wait ends with the peer, the time given, or `stopped`. Users:
// ScriptedBackend. Threads: one for each connection.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tests/doubles/event.h"
#include "tests/doubles/malti_contract.h"
#include "tests/doubles/wait.h"

namespace pannier::doubles {

struct HttpRequest {
  std::string method, target, body;
  Headers headers;
};

class HttpConnection {
 public:
  HttpConnection(int socket, const Event& stopped) : socket_(socket), stopped_(stopped) {}
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // False: nothing came within `idle`, the peer went, or the server stops.
  [[nodiscard]] bool wait_for_request(Deadline idle);
  // Nothing where the peer went, the server stops, or what came is no HTTP with a Content-Length.
  [[nodiscard]] std::optional<HttpRequest> read_request();
  bool write(std::string_view bytes);  // false: the peer went, or the server stops
  // Until the peer closes, `wake` happens, the time is over or the server stops; true where `wake` happened.
  bool pause(const Event* wake, std::optional<Deadline> time = {});

 private:
  bool read_more();
  std::optional<std::size_t> head_end();
  int socket_;
  const Event& stopped_;
  std::string buffer_;
};

// An answer as bytes; `length_error` is added to its true Content-Length.
std::string http_bytes(const Answer& answer, int length_error = 0);

}  // namespace pannier::doubles
