// Where the daemon is: the sockets that a command talks to. A configuration with mistakes still tells its
// sockets, because status and reload are wanted most while something is wrong. Users: commands. Threads: one;
// it reads the configuration's file. Errors: invalid, where what was named can't be used.
#pragma once
#include <string>

#include "daemon/commands/invocation.h"

namespace pannier::daemon::commands {

// --control, else the configuration's control.path, else the socket below XDG_RUNTIME_DIR if it is there,
// else the one below /run.
Result<std::string> control_socket(const Invocation& invocation);

// `named` (--socket), else the file's that --config names, else PANNIER_URL's, else the configuration's
// receive.unix_stream.path, else the default places in the same order.
Result<std::string> stream_socket(const Invocation& invocation, const std::string& named);

}  // namespace pannier::daemon::commands
