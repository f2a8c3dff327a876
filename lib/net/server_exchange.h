// What comes in and goes out of an HTTP server. Plain values; made by http_session, read by handlers.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/unix_socket.h"

namespace pannier::net {

// A request before its body was read; valid while it is judged.
struct HttpHead {
  std::string_view method, target;
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // in their order, names as they came
};

struct ServerRequest {
  std::string method, target, body;
  PeerCredentials peer;  // unknown uid and gid (-1) where the listener is no Unix socket
  std::vector<std::pair<std::string, std::string>> headers = {};  // in their order, names as they came
};

struct ServerResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::shared_ptr<const std::string> shared_body = {};  // instead of body, where many get the same
};

}  // namespace pannier::net
