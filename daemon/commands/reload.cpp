#include "base/text.h"
#include "daemon/commands/ask.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/json_reading.h"

namespace pannier::daemon::commands {
namespace {

// It reads files and keys, which a slow disk may hold up.
constexpr std::chrono::seconds patience{30};
constexpr std::size_t longest_line = 2000;

int refused(const Invocation& invocation, Json answer) {
  std::uint64_t count = 0;
  each_text(answer, "mistakes", [&](std::string_view mistake) {
    invocation.error << text::shown(mistake, longest_line) << '\n';
    ++count;
  });
  invocation.error << counted(count, "mistake", "mistakes") << "; nothing was changed\n";
  return ExitCode::failed;
}

int taken(const Invocation& invocation, Json answer) {
  std::uint64_t applied = 0;
  const auto show = [&](std::string_view what, std::string_view line) {
    invocation.out << "  " << what << ' ' << text::shown(line, longest_line) << '\n';
  };
  each_text(answer, "applied", [&](std::string_view) { ++applied; });
  invocation.out << "reloaded: " << (applied == 0 ? "no setting" : counted(applied, "setting", "settings"))
                 << " changed\n";
  each_text(answer, "applied", [&](std::string_view path) { show("applied:", path); });
  each_text(answer, "restart", [&](std::string_view path) { show("needs a restart:", path); });
  each_text(answer, "warnings", [&](std::string_view warning) { show("warning:", warning); });
  return ExitCode::done;
}

}  // namespace

int reload(const Invocation& invocation) {
  const auto answer = ask(invocation, "POST", "/reload", patience);
  if (!answer) return fail(invocation, "reload", answer.error());
  simdjson::dom::parser parser;
  Json json;
  const bool readable = parser.parse(answer->body).get(json) == simdjson::SUCCESS;
  if (readable && answer->status == 200) return taken(invocation, json);
  if (readable && member(json, "mistakes")) return refused(invocation, json);
  return fail(invocation, "reload", unexpected(*answer));
}

}  // namespace pannier::daemon::commands
