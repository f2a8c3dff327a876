#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/expectation.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/explain_text.h"
#include "daemon/commands/input.h"
#include "observe/ledger.h"

namespace pannier::daemon::commands {
namespace {

using observe::ListenerId;

std::optional<ListenerId> listener_named(std::string_view word) {
  for (const ListenerId listener :
       {ListenerId::unix_stream, ListenerId::unix_datagram, ListenerId::udp, ListenerId::http_malti})
    if (observe::name(listener) == word) return listener;
  return std::nullopt;
}

int wrong_listener(const Invocation& invocation, const std::string& word) {
  static constexpr std::array<std::string_view, 4> listeners{"unix_stream", "unix_datagram", "udp",
                                                             "http_malti"};
  return fail(invocation, "explain",
              "--from: \"" + text::shown(word, 80) + "\" is no listener; " + config::one_of(word, listeners),
              ExitCode::wrong_usage);
}

void say_what_is_not_tried(const Invocation& invocation, const config::Settings& settings) {
  const process::CardinalityLimits& limits = settings.process.cardinality;
  if (limits.enabled)
    invocation.out << "The cardinality guard starts empty here: a service's endpoints beyond "
                   << limits.endpoints << " and consumers beyond " << limits.consumers << " are (other).\n";
}

int explain_lines(const Invocation& invocation, const ExplainOptions& options, ListenerId from,
                  const config::Loaded& config) {
  const auto input = Input::open(options.file);
  if (!input) return fail(invocation, "explain", input.error());
  Trials trials(config.settings, system_now());
  trials.connect(from);
  LineReader lines(*input, trials.longest_line());
  std::string line;
  std::uint64_t explained = 0;
  for (std::uint64_t number = 1; invocation.out; ++number) {
    const auto more = lines.next(line);
    if (!more) return fail(invocation, "explain", more.error());
    if (!*more) break;
    const Trial trial = trials.take(line);
    if (trial.outcome == Trial::Outcome::none) continue;
    const Explained one{.number = number, .line = line, .trial = trial, .config = config};
    invocation.out << (options.json ? explanation_json(one) + "\n" : explanation_text(one) + "\n");
    ++explained;
  }
  if (explained == 0)
    return fail(invocation, "explain", "there is no line to explain; write one JSON object a line");
  if (!options.json) say_what_is_not_tried(invocation, config.settings);
  return ExitCode::done;
}

}  // namespace

int explain(const Invocation& invocation, const ExplainOptions& options) {
  const auto from = listener_named(options.from);
  if (!from) return wrong_listener(invocation, options.from);
  const auto loaded = config::load(request_of(invocation));
  if (const auto* mistakes = std::get_if<config::Mistakes>(&loaded))
    return report(invocation, *mistakes, "nothing was explained");
  return explain_lines(invocation, options, *from, std::get<config::Loaded>(loaded));
}

}  // namespace pannier::daemon::commands
