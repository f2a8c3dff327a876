#include "base/json.h"
#include "base/text.h"
#include "base/units.h"
#include "daemon/commands/ask.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/json_reading.h"
#include "daemon/commands/table.h"

namespace pannier::daemon::commands {
namespace {

// A replay of all waits for the disk.
constexpr std::chrono::seconds patience{100};
constexpr std::size_t longest_answer = 200;
constexpr std::size_t longest_record = 2000;

Error wrong_age(const std::string& text) {
  return {ErrorCode::invalid,
          "--older-than " + text::shown(text, 40) + " is no time; write 90s, 15m, 12h or 3d"};
}

Result<std::string> selection(const DeadLettersOptions& options) {
  json::Writer out;
  out.begin('{').key("limit").number(options.limit).key("all").boolean(options.all);
  if (!options.ids.empty()) {
    out.key("ids").begin('[');
    for (const std::int64_t id : options.ids) out.number(id);
    out.end(']');
  }
  if (!options.lane.empty()) out.key("lane").text(options.lane);
  if (!options.reason.empty()) out.key("reason").text(options.reason);
  if (!options.older_than.empty()) {
    const auto age = units::parse_duration(options.older_than);
    if (!age) return wrong_age(options.older_than);
    out.key("older_than_s").number(std::chrono::duration_cast<std::chrono::seconds>(*age).count());
  }
  return out.end('}').str();
}

// What came of it: shown as it is with --json, else by `show`.
template <typename Show>
int run(const Invocation& invocation, std::string_view verb, const DeadLettersOptions& options, Show show) {
  const std::string command = "dead-letters " + std::string(verb);
  const auto body = selection(options);
  if (!body) return fail(invocation, command, body.error());
  const auto answer = ask(invocation, "POST", "/dead-letters/" + std::string(verb), patience, *body);
  if (!answer) return fail(invocation, command, answer.error());
  simdjson::dom::parser parser;
  Json json;
  if (parser.parse(answer->body).get(json) != simdjson::SUCCESS)
    return fail(invocation, command, unexpected(*answer));
  if (const std::string_view error = text_of(json, "error"); !error.empty())
    return fail(invocation, command, text::shown(error, 400),
                answer->status == 422 ? ExitCode::wrong_usage : ExitCode::failed);
  if (answer->status != 200) return fail(invocation, command, unexpected(*answer));
  if (options.json)
    invocation.out << answer->body << '\n';
  else
    show(json);
  return ExitCode::done;
}

template <typename Visit>
std::uint64_t each_letter(Json answer, Visit visit) {
  std::uint64_t count = 0;
  simdjson::dom::array letters;
  if (answer["letters"].get(letters) != simdjson::SUCCESS) return 0;
  for (const Json letter : letters) {
    visit(letter);
    ++count;
  }
  return count;
}

std::string count_text(Json letter, std::string_view key) {
  return std::to_string(number(letter, key).value_or(0));
}

void show_list(const Invocation& invocation, Json answer) {
  using Align = Table::Align;
  Table table({{"ID"},
               {"LANE", Align::left},
               {"REASON", Align::left},
               {"RECORDS"},
               {"DIED", Align::left},
               {"ANSWER", Align::left}});
  const std::uint64_t count = each_letter(answer, [&](Json letter) {
    table.row({count_text(letter, "id"), text::shown(text_of(letter, "lane")),
               text::shown(text_of(letter, "reason")), count_text(letter, "records"),
               text::shown(text_of(letter, "died")), text::shown(text_of(letter, "answer"), longest_answer)});
  });
  if (count == 0) {
    invocation.out << "no dead letters\n";
    return;
  }
  invocation.out << table.str();
  if (member_as<bool>(answer, "more").value_or(false))
    invocation.out << "and more: --limit, or narrow it by --lane, --reason, --older-than\n";
}

void show_one(const Invocation& invocation, Json letter) {
  const auto line = [&](std::string_view what, const std::string& value) {
    invocation.out << "    " << what << ' ' << value << '\n';
  };
  invocation.out << "letter " << count_text(letter, "id") << ": " << text::shown(text_of(letter, "lane"))
                 << ", " << counted(number(letter, "records").value_or(0), "record", "records") << ", "
                 << text::shown(text_of(letter, "reason")) << '\n';
  line("answer  ", text::shown(text_of(letter, "answer"), longest_answer));
  line("arrived ", text::shown(text_of(letter, "arrived")));
  line("died    ",
       text::shown(text_of(letter, "died")) + " after " + count_text(letter, "attempts") + " attempts");
  if (!member(letter, "content")) return line("content ", "damaged");
  std::uint64_t shown = 0;
  each_text(letter, "content", [&](std::string_view record) {
    line("record  ", text::shown(record, longest_record));
    ++shown;
  });
  const std::uint64_t records = number(letter, "records").value_or(0);
  if (shown < records) line("        ", std::to_string(records - shown) + " more that are not shown");
}

int change(const Invocation& invocation, std::string_view verb, std::string_view done,
           const DeadLettersOptions& options) {
  return run(invocation, verb, options, [&](Json answer) {
    invocation.out << done << ' ' << counted(number(answer, "letters").value_or(0), "letter", "letters")
                   << " with " << counted(number(answer, "records").value_or(0), "record", "records") << '\n';
    if (const auto damaged = number(answer, "damaged_records").value_or(0); damaged != 0)
      invocation.out << counted(damaged, "record was", "records were")
                     << " damaged on disk, and purged (corrupt)\n";
  });
}

}  // namespace

int list_dead_letters(const Invocation& invocation, const DeadLettersOptions& options) {
  return run(invocation, "list", options, [&](Json answer) { show_list(invocation, answer); });
}

int show_dead_letters(const Invocation& invocation, const DeadLettersOptions& options) {
  return run(invocation, "show", options, [&](Json answer) {
    if (each_letter(answer, [&](Json letter) { show_one(invocation, letter); }) == 0)
      invocation.out << "no such dead letter; see: pannier dead-letters list\n";
  });
}

int replay_dead_letters(const Invocation& invocation, const DeadLettersOptions& options) {
  return change(invocation, "replay", "replayed", options);
}

int purge_dead_letters(const Invocation& invocation, const DeadLettersOptions& options) {
  return change(invocation, "purge", "purged", options);
}

}  // namespace pannier::daemon::commands
