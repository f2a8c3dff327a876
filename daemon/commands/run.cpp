#include <sys/prctl.h>
#include <sys/resource.h>

#include "daemon/commands/commands.h"
#include "daemon/daemon.h"

namespace pannier::daemon::commands {
namespace {

// Keys must not lie on a disk because the daemon crashed.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace

int run_daemon(const Invocation& invocation) {
  forbid_core_dumps();
  config::Environment::forget();
  return daemon::run(request_of(invocation));
}

}  // namespace pannier::daemon::commands
