// The sockets that the service manager bound for our listeners, by the listener's name (FileDescriptorName=
// in its socket unit): unix_stream, unix_datagram, udp, http_malti. One that is there replaces binding: it is
// on whatever the configuration says, its path, mode and group are its unit's, and it stays when the daemon
// ends. Users: Doors. Threads: a plain value; at start. Errors: invalid names the descriptor and the cure.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "daemon/service_manager.h"
#include "net/handed_socket.h"
#include "observe/ids.h"

namespace pannier::daemon {

class HandedSockets {
 public:
  static Result<HandedSockets> sorted(std::vector<ServiceManager::Named> sockets);

  // None: there is none for this listener, or it was taken. Logs what of the configuration does not apply;
  // no configured place: the listener is off there.
  std::optional<net::HandedSocket> take(observe::ListenerId listener, const std::string& configured_place);

 private:
  std::map<observe::ListenerId, net::HandedSocket> sockets_;
};

}  // namespace pannier::daemon
