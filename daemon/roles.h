// Who may ask what over the control socket: uid 0 and the daemon's own uid everything, members of
// control.read_group only status and health. Threads: pure but for the system's user database, which may
// block a moment.
#pragma once
#include <string>

#include "net/unix_socket.h"

namespace pannier::daemon {

enum class Role { none, read, all };

Role role_of(const net::PeerCredentials& peer, const std::string& read_group);

}  // namespace pannier::daemon
