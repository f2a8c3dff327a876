#include "base/text.h"
#include "config/finish_files.h"
#include "daemon/commands/commands.h"

namespace pannier::daemon::commands {
namespace {

void add(std::string& list, std::string_view item) {
  list.append(list.empty() ? "" : ", ").append(item);
}

std::string listeners_of(const config::Settings& settings) {
  const receive::Options& receive = settings.receive;
  std::string list;
  if (receive.unix_stream.enabled) add(list, "unix stream " + text::shown(receive.unix_stream.path));
  if (receive.unix_datagram.enabled) add(list, "unix datagram " + text::shown(receive.unix_datagram.path));
  if (receive.udp.enabled) add(list, "udp " + text::shown(receive.udp.address));
  return list.empty() ? "no listener" : list;
}

// Those that the configuration names; records of other services open more.
std::string lanes_of(const config::Settings& settings) {
  std::string list;
  std::size_t count = 0;
  if (settings.malti.enabled)
    for (const auto& [service, key] : settings.malti.keys) {
      add(list, "malti/" + text::shown(service));
      ++count;
    }
  if (settings.local.enabled) {
    add(list, "local");
    ++count;
  }
  return counted(count, "lane", "lanes") + (list.empty() ? "" : " (" + list + ")");
}

}  // namespace

int validate(const Invocation& invocation, const ValidateOptions& options) {
  config::Request request = request_of(invocation);
  if (!options.file.empty()) request.file = options.file;
  const auto loaded = config::load(request);
  if (const auto* mistakes = std::get_if<config::Mistakes>(&loaded))
    return report(invocation, *mistakes, "nothing was started");
  const auto& good = std::get<config::Loaded>(loaded);
  const std::string what = good.file.empty() ? "the configuration (no file, environment and defaults only)"
                                             : text::shown(good.file);
  invocation.out << what << " is good: " << lanes_of(good.settings) << "; " << listeners_of(good.settings)
                 << '\n';
  for (const std::string& warning : good.warnings) invocation.out << "warning: " << warning << '\n';
  const std::string trouble = config::spool_trouble(good.settings.spool);
  if (!trouble.empty()) invocation.out << "warning: " << trouble << '\n';
  return ExitCode::done;
}

}  // namespace pannier::daemon::commands
