#include "config/listing.h"
#include "daemon/commands/commands.h"

namespace pannier::daemon::commands {

int show_config(const Invocation& invocation, const ConfigOptions& options) {
  const auto loaded = config::load(request_of(invocation));
  if (const auto* mistakes = std::get_if<config::Mistakes>(&loaded))
    return report(invocation, *mistakes, "correct them, then: pannier config");
  const auto& good = std::get<config::Loaded>(loaded);
  if (options.json)
    invocation.out << config::listing_json(good) << '\n';
  else
    invocation.out << config::listing_text(good);
  return ExitCode::done;
}

}  // namespace pannier::daemon::commands
