// The running daemon: joins all rooms, owns all threads, answers signals and the control API.
//   T1 intake (streams) · T1d one for each datagram socket · T2 deliver, control, signals (the calling
//   thread) T3 the local store · T4 the log · one thread for what may block (reload, key files)
// Users: the command `run`. Threads: run() on the main thread.
#pragma once
#include "config/load.h"

namespace pannier::daemon {

// Runs until SIGTERM or SIGINT. Returns the exit code; what could not be started is on standard error.
int run(const config::Request& request);

}  // namespace pannier::daemon
