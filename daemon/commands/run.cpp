#include "daemon/commands/commands.h"
#include "daemon/daemon.h"

namespace pannier::daemon::commands {

int run_daemon(const Invocation& invocation) {
  return daemon::run(request_of(invocation));
}

}  // namespace pannier::daemon::commands
