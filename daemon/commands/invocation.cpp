#include "daemon/commands/invocation.h"

namespace pannier::daemon::commands {

config::Request request_of(const Invocation& invocation) {
  config::Request request;
  if (!invocation.config.empty()) request.file = invocation.config;
  if (!invocation.control.empty()) request.flags.emplace("control.path", invocation.control);
  request.environment = invocation.environment;
  request.uid = invocation.uid;
  return request;
}

int fail(const Invocation& invocation, std::string_view command, std::string_view sentence, int code) {
  invocation.error << "pannier " << command << ": " << sentence << '\n';
  return code;
}

int fail(const Invocation& invocation, std::string_view command, const Error& error) {
  return fail(invocation, command, error.message,
              error.code == ErrorCode::invalid ? ExitCode::wrong_usage : ExitCode::failed);
}

int report(const Invocation& invocation, const config::Mistakes& mistakes, std::string_view consequence) {
  for (const config::Mistake& mistake : mistakes) invocation.error << mistake.text() << '\n';
  invocation.error << counted(mistakes.size(), "mistake", "mistakes") << "; " << consequence << '\n';
  return ExitCode::wrong_usage;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(count == 1 ? one : many);
}

}  // namespace pannier::daemon::commands
