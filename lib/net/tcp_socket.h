// TCP sockets that listen. Users: daemon, at start. Threads: any; plain system calls, none of them waits.
// Errors: in_use names the holder; invalid says what to write instead.
#pragma once
#include <string>

#include "base/error.h"
#include "base/fd.h"

namespace pannier::net {

// `text` is an IP address with a port, 127.0.0.1:6259 or [::1]:6259. Beyond loopback only with
// allow_remote. The socket is non-blocking and close-on-exec.
// `sample`: an address that an error tells to write instead.
Result<Fd> listen_tcp(const std::string& text, bool allow_remote, const char* sample = "127.0.0.1:6259");

}  // namespace pannier::net
