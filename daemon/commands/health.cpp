#include "daemon/commands/ask.h"
#include "daemon/commands/commands.h"

namespace pannier::daemon::commands {
namespace {

constexpr std::chrono::seconds patience{5};

}  // namespace

int show_health(const Invocation& invocation) {
  const auto answer = ask(invocation, "GET", "/health", patience);
  if (!answer) return fail(invocation, "health", answer.error());
  if (answer->status == 503)
    return fail(invocation, "health", "not ready: the daemon is stopping; see its log, or: pannier status");
  if (answer->status != 200) return fail(invocation, "health", unexpected(*answer));
  invocation.out << "ready\n";
  return ExitCode::done;
}

}  // namespace pannier::daemon::commands
