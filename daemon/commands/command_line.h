// What was typed to a subcommand and its options (CLI11). Users: main.cpp. Threads: the main thread, before
// any other. Wrong usage is told on `error` with a hint.
#pragma once
#include "daemon/commands/invocation.h"

namespace pannier::daemon::commands {

// Returns the exit code. `invocation`'s config and control are filled in from the arguments.
int run_command_line(int count, const char* const* arguments, Invocation& invocation);

}  // namespace pannier::daemon::commands
