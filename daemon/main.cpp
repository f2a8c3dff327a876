#include <unistd.h>

#include <iostream>

#include "daemon/commands/command_line.h"

using namespace pannier;

int main(int count, char** arguments) {
  daemon::commands::Invocation invocation{.out = std::cout, .error = std::cerr};
  invocation.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  invocation.error_is_terminal = ::isatty(STDERR_FILENO) == 1;
  invocation.environment = config::Environment::capture();
  invocation.uid = ::geteuid();
  return daemon::commands::run_command_line(count, arguments, invocation);
}
