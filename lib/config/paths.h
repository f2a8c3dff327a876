// Where things are by default: a service's places, or those of a user who runs pannier by hand.
// Users: config, and commands that look for the control socket. Threads: pure functions.
#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>

#include "config/environment.h"

namespace pannier::config {

struct Paths {
  std::string run = "/run/pannier";              // sockets of applications
  std::string control = "/run/pannier-control";  // the control socket's own directory
  std::string state = "/var/lib/pannier";        // what outlives the process
};

// Not root and XDG_RUNTIME_DIR set: below that and XDG_STATE_HOME (default ~/.local/state).
Paths default_paths(const Environment& environment, uid_t uid);

// {run}, {control}, {state} and {host} of an option's default, filled in.
std::string filled(std::string_view fallback, const Paths& paths, std::string_view host);

// The host's name, where it can be a node's name; else unknown-node.
std::string host_name();

}  // namespace pannier::config
