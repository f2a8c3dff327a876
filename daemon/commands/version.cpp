#include "daemon/commands/commands.h"

namespace pannier::daemon::commands {

int show_version(const Invocation& invocation) {
  invocation.out << "pannier " PANNIER_VERSION "\n";
  return ExitCode::done;
}

}  // namespace pannier::daemon::commands
