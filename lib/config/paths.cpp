#include "config/paths.h"

#include <unistd.h>

#include <array>

#include "config/value.h"

namespace pannier::config {
namespace {

bool is_absolute(std::string_view path) {
  return path.starts_with('/');
}

std::string state_home(const Environment& environment, const std::string& otherwise) {
  if (is_absolute(environment.text("XDG_STATE_HOME")))
    return std::string(environment.text("XDG_STATE_HOME")).append("/pannier");
  if (is_absolute(environment.text("HOME")))
    return std::string(environment.text("HOME")).append("/.local/state/pannier");
  return otherwise;
}

}  // namespace

Paths default_paths(const Environment& environment, uid_t uid) {
  Paths paths;
  const std::string runtime(environment.text("XDG_RUNTIME_DIR"));
  if (uid == 0 || !is_absolute(runtime)) return paths;  // the XDG rules: a relative path is to be ignored
  paths.run = runtime + "/pannier";
  paths.control = runtime + "/pannier-control";
  paths.state = state_home(environment, paths.state);
  return paths;
}

std::string filled(std::string_view fallback, const Paths& paths, std::string_view host) {
  const std::array<std::pair<std::string_view, std::string_view>, 4> known{
      {{"{run}", paths.run}, {"{control}", paths.control}, {"{state}", paths.state}, {"{host}", host}}};
  for (const auto& [name, text] : known)
    if (fallback.starts_with(name)) return std::string(text).append(fallback.substr(name.size()));
  return std::string(fallback);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || !reading::is_name(name.data()))
    return "unknown-node";
  return name.data();
}

}  // namespace pannier::config
