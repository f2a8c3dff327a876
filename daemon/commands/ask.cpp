#include "daemon/commands/ask.h"

#include "base/text.h"
#include "daemon/commands/places.h"
#include "net/unix_http.h"

namespace pannier::daemon::commands {

Result<net::HttpAnswer> ask(const Invocation& invocation, std::string_view method, std::string_view target,
                            std::chrono::milliseconds timeout, std::string_view body) {
  const auto socket = control_socket(invocation);
  if (!socket) return socket.error();
  auto answer = net::unix_request(*socket, method, target, body, timeout);
  if (!answer && answer.error().message.find("; ") == std::string::npos)
    return Error{answer.error().code, answer.error().message + "; see its log, or start it again"};
  if (answer && answer->status == 403)
    return Error{ErrorCode::io, "the daemon at " + text::shown(*socket) +
                                    " does not take this from us; only root, its own user and, to look, "
                                    "members of control.read_group may ask; try: sudo"};
  return answer;
}

Error unexpected(const net::HttpAnswer& answer) {
  return {ErrorCode::unavailable, "the daemon answered " + std::to_string(answer.status) + ": " +
                                      text::shown(answer.body) +
                                      "; is it of another version? see: pannier version, pannier status"};
}

}  // namespace pannier::daemon::commands
