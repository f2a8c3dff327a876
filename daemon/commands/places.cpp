#include "daemon/commands/places.h"

#include <unistd.h>

#include <cerrno>

#include "base/small_file.h"
#include "base/text.h"
#include "config/given.h"
#include "config/paths.h"
#include "config/settle.h"
#include "config/yaml_source.h"

namespace pannier::daemon::commands {
namespace {

// What the configuration says, as far as it can be read.
struct Reading {
  config::Draft draft;
  config::Settled settled;  // points into the draft

  [[nodiscard]] bool names(std::string_view path) const {
    const auto winner = settled.winners.find(path);
    return winner != settled.winners.end() && winner->second != nullptr;
  }
};

// Only a file that was named has to be there: the daemon's own may be none of our business.
Result<void> read_file(const Invocation& invocation, config::Draft& draft) {
  const bool named = !invocation.config.empty();
  const std::string path = named ? invocation.config : config::Request{}.default_file;
  const auto file = read_if_there(path, config::longest_yaml, invocation.uid);
  if (!file && named) return Error{ErrorCode::invalid, text::shown(path) + ": " + file.error().message};
  if (!file) return {};
  if (!*file && named)
    return Error{ErrorCode::invalid, text::shown(path) + ": no such file; correct the path"};
  if (!*file) return {};
  if (const auto root = config::read_yaml((*file)->text, path, draft.mistakes))
    config::add_file(*root, path, invocation.environment, draft);
  return {};
}

Result<void> read(const Invocation& invocation, Reading& reading) {
  if (auto found = read_file(invocation, reading.draft); !found) return found.error();
  config::add_environment(invocation.environment, reading.draft);
  reading.settled = config::settle(
      reading.draft, config::default_paths(invocation.environment, invocation.uid), config::host_name());
  return {};
}

// What may not be looked at may be there.
bool may_exist(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 || errno == EACCES;
}

// Nowhere: where `run` by this user would open it, so that the message names a place that can become true.
std::string default_place(const Invocation& invocation, std::string_view below, const std::string& of_run) {
  const std::string_view runtime = invocation.environment.text("XDG_RUNTIME_DIR");
  if (runtime.starts_with('/')) {
    std::string own = std::string(runtime).append("/").append(below);
    if (may_exist(own)) return own;
  }
  std::string system = std::string("/run/").append(below);
  return may_exist(system) ? system : of_run;
}

Result<std::string> path_of_url(std::string_view url) {
  constexpr std::string_view scheme = "unix://";
  if (url.starts_with(scheme) && url.substr(scheme.size()).starts_with('/'))
    return std::string(url.substr(scheme.size()));
  return Error{ErrorCode::invalid,
               "PANNIER_URL: \"" + text::shown(url) +
                   "\" is no Unix stream socket; write unix:///path, or name one by --socket"};
}

}  // namespace

Result<std::string> control_socket(const Invocation& invocation) {
  if (!invocation.control.empty()) return invocation.control;
  Reading reading;
  if (auto readable = read(invocation, reading); !readable) return readable.error();
  const std::string& path = reading.settled.settings.control.path;
  if (reading.names("control.path")) return path;
  return default_place(invocation, "pannier-control/control.sock", path);
}

Result<std::string> stream_socket(const Invocation& invocation, const std::string& named) {
  if (!named.empty()) return named;
  Reading reading;
  if (auto readable = read(invocation, reading); !readable) return readable.error();
  const receive::UnixOptions& stream = reading.settled.settings.receive.unix_stream;
  const bool configured = reading.names("receive.unix_stream.path");
  const std::string_view url = invocation.environment.text("PANNIER_URL");
  if (!url.empty() && (invocation.config.empty() || !configured)) return path_of_url(url);
  if (!stream.enabled)
    return Error{ErrorCode::invalid,
                 "receive.unix_stream is off; switch it on, or name another socket by --socket"};
  if (configured) return stream.path;
  return default_place(invocation, "pannier/pannier.sock", stream.path);
}

}  // namespace pannier::daemon::commands
