#include "daemon/commands/status_text.h"

#include <algorithm>

#include "base/text.h"
#include "base/units.h"
#include "daemon/commands/json_reading.h"
#include "daemon/commands/status_spool.h"
#include "daemon/commands/status_tables.h"

namespace pannier::daemon::commands {
namespace {

constexpr std::size_t most_senders = 8;  // of a listener; the rest is in the JSON

// "malti clean_mode 4122, local rule 3": what is not zero in each object `key` of the members of `group`.
std::string reasons(Json status, std::string_view group, std::string_view key) {
  std::string line;
  each_member(status, group, [&](std::string_view name, Json owner) {
    std::string own;
    each_member(owner, key, [&](std::string_view reason, Json count) {
      std::uint64_t value = 0;
      if (count.get(value) != simdjson::SUCCESS || value == 0) return;
      own.append(own.empty() ? "" : ", ").append(text::shown(reason)).append(" ");
      own += std::to_string(value);
    });
    if (own.empty()) return;
    line.append(line.empty() ? "" : "; ").append(group == "listeners" ? title_of(name) : text::shown(name));
    line.append(" ").append(own);
  });
  return line;
}

// The same for one number a member.
std::string numbers(Json status, std::string_view group, std::string_view key) {
  std::string line;
  each_member(status, group, [&](std::string_view name, Json owner) {
    const std::uint64_t value = number(owner, key).value_or(0);
    if (value == 0) return;
    line.append(line.empty() ? "" : ", ").append(group == "listeners" ? title_of(name) : text::shown(name));
    line.append(" ").append(std::to_string(value));
  });
  return line;
}

std::string verdict(Json status, const StatusStyle& style) {
  const auto balanced = member_as<bool>(status, "balanced");
  if (!balanced) return "BALANCE UNKNOWN";
  if (*balanced) return "BALANCED";
  return style.colors ? "\x1b[31mNOT BALANCED\x1b[0m" : "NOT BALANCED";
}

std::string header(Json status, const StatusStyle& style) {
  std::string line = "pannier " + text::shown(text_of(status, "version"));
  if (const auto uptime = member_as<double>(status, "uptime_s"))
    line += "   up " +
            units::about(std::chrono::seconds(static_cast<std::int64_t>(std::clamp(*uptime, 0.0, 1e12))));
  if (const auto memory = member(status, "memory"))
    line += "   " + mebibytes(static_cast<double>(number(*memory, "used").value_or(0))) + " of " +
            mebibytes(static_cast<double>(number(*memory, "limit").value_or(0))) + " MiB";
  if (const auto config = text_of(status, "config"); !config.empty())
    line += "   config " + text::shown(config);
  if (member_as<bool>(status, "stopping").value_or(false)) line += "   STOPPING";
  return line + "   " + verdict(status, style) + "\n";
}

std::string rejected_lines(Json status) {
  std::string out;
  each_member(status, "listeners", [&](std::string_view name, Json listener) {
    const auto last = member(listener, "rejected_last");
    each_member(listener, "rejected", [&](std::string_view reason, Json count) {
      std::uint64_t value = 0;
      if (count.get(value) != simdjson::SUCCESS || value == 0) return;
      out += "rejected by " + title_of(name) + ": " + text::shown(reason) + " " + std::to_string(value);
      const std::string_view shape = last ? text_of(*last, reason) : std::string_view();
      if (!shape.empty()) out += ", the last one like " + text::shown(shape);
      out += "\n";
    });
  });
  return out;
}

std::string senders_of(std::string_view name, Json listener) {
  std::string list;
  std::size_t count = 0;
  each_member(listener, "senders", [&](std::string_view who, Json sender) {
    if (++count > most_senders) return;
    list.append(list.empty() ? "" : ", ").append(text::shown(who)).append(" ");
    list += count_text(number(sender, "lines"));
    if (const auto dropped = number(sender, "client_dropped").value_or(0); dropped != 0)
      list += " (dropped " + std::to_string(dropped) + " before us)";
  });
  if (count > most_senders)
    list += ", and " + std::to_string(count - most_senders) + " more: pannier status --json";
  return list.empty() ? "" : "lines by sender: " + title_of(name) + " " + list + "\n";
}

std::string dead_letters(Json status) {
  const auto letters = member(status, "dead_letters");
  if (!letters) return "";
  std::string list;
  each_member(*letters, "purged", [&](std::string_view reason, Json count) {
    std::uint64_t value = 0;
    if (count.get(value) == simdjson::SUCCESS && value != 0)
      list += ", " + std::to_string(value) + " purged (" + text::shown(reason) + ")";
  });
  const std::uint64_t stored = number(*letters, "stored").value_or(0);
  const std::uint64_t replayed = number(*letters, "replayed").value_or(0);
  if (list.empty() && stored + replayed == 0) return "";
  return "dead letters: " + std::to_string(stored) + " stored, " + std::to_string(replayed) + " replayed" +
         list + "\n";
}

std::string particulars(Json status) {
  std::string out;
  const auto add = [&](std::string_view what, const std::string& list) {
    if (!list.empty()) out.append(what).append(": ").append(list).append("\n");
  };
  add("carried in from earlier runs", numbers(status, "lanes", "carried_in"));
  add("left out as configured", reasons(status, "destinations", "left_out"));
  out += rejected_lines(status);
  add("filtered", reasons(status, "listeners", "filtered"));
  add("limits hit", reasons(status, "listeners", "limits"));
  add("dead", reasons(status, "lanes", "dead_reasons"));
  out += dead_letters(status);
  add("dropped", reasons(status, "lanes", "dropped"));
  add("became (other), over process.cardinality", reasons(status, "destinations", "cardinality"));
  add("texts cut to what the destination keeps", numbers(status, "destinations", "texts_cut"));
  add("unknown fields", numbers(status, "listeners", "unknown_fields"));
  each_member(status, "listeners",
              [&](std::string_view name, Json listener) { out += senders_of(name, listener); });
  if (const auto at_risk = number(status, "at_risk").value_or(0); at_risk != 0)
    out += "at risk (memory only): " + std::to_string(at_risk) + (at_risk == 1 ? " record\n" : " records\n");
  return out;
}

std::vector<std::string> sentences(Json status) {
  constexpr std::size_t longest = 1000;
  std::vector<std::string> list;
  each_text(status, "imbalances",
            [&](std::string_view sentence) { list.push_back(text::shown(sentence, longest)); });
  return list;
}

// The parser owns what it gives.
Result<Json> parse(simdjson::dom::parser& parser, std::string_view json) {
  Json status;
  if (parser.parse(json.data(), json.size()).get(status) == simdjson::SUCCESS && status.is_object() &&
      member(status, "version"))
    return status;
  return Error{ErrorCode::unavailable, "what answers is no pannier: " + text::shown(json, 80) +
                                           "; check --control, or control.path in the configuration"};
}

}  // namespace

Result<std::string> status_text(std::string_view json, const StatusStyle& style) {
  simdjson::dom::parser parser;
  const auto status = parse(parser, json);
  if (!status) return status.error();
  std::string out = header(*status, style) + table_in(*status) + table_out(*status, style) +
                    particulars(*status) + spool_lines(*status) + totals_lines(*status);
  each_text(*status, "warnings",
            [&](std::string_view warning) { out += "warning: " + text::shown(warning, 1000) + "\n"; });
  for (const std::string& sentence : sentences(*status)) out += "NOT BALANCED: " + sentence + "\n";
  return out;
}

Result<Balance> balance_of(std::string_view json) {
  simdjson::dom::parser parser;
  const auto status = parse(parser, json);
  if (!status) return status.error();
  return Balance{member_as<bool>(*status, "balanced").value_or(false), sentences(*status)};
}

}  // namespace pannier::daemon::commands
