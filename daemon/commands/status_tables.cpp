#include "daemon/commands/status_tables.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "base/units.h"
#include "daemon/commands/cure.h"
#include "daemon/commands/status_spool.h"
#include "daemon/commands/table.h"
#include "record/time_text.h"

namespace pannier::daemon::commands {
namespace {

// What never reached us, as far as anybody can know.
std::string dropped_before(Json listener) {
  std::string list;
  const auto add = [&](const std::string& item) { list.append(list.empty() ? "" : ", ").append(item); };
  if (const std::uint64_t told = number(listener, "client_dropped").value_or(0); told != 0)
    add(std::to_string(told) + " (told by clients)");
  const auto kernel = member(listener, "kernel_dropped");
  if (kernel && kernel->is_null()) add("? (not countable here)");
  if (const std::uint64_t lost = number(listener, "kernel_dropped").value_or(0); lost != 0)
    add(std::to_string(lost) + " (kernel)");
  return list.empty() ? "0" : list;
}

std::string state_text(std::string_view state) {
  if (state == "blocked") return "BLOCKED";
  return state.empty() ? "?" : title_of(state);
}

std::string since_text(Json lane, const StatusStyle& style) {
  const auto since = record::parse_iso8601(text_of(lane, "since"));
  if (!since || *since > style.now) return "";
  const auto ago = std::chrono::duration_cast<std::chrono::seconds>(style.now - *since);
  return " since " + style.moment(*since) + ", " + units::about(ago);
}

void explain(Table& table, std::string_view name, Json lane, const std::string& lasts,
             const StatusStyle& style) {
  const std::string_view why = text_of(lane, "why");
  const std::uint64_t dropped = sum_of(lane, "dropped");
  table.note("    why  " + (why.empty() ? std::string("not known") : text::shown(why)) +
             since_text(lane, style) + "; " +
             (dropped == 0 ? "nothing lost" : std::to_string(dropped) + " dropped so far") + lasts);
  table.note("    do   " + text::shown(cure_for({.lane = name,
                                                 .why = why,
                                                 .key_file = text_of(lane, "key_file"),
                                                 .next_try_s = member_as<double>(lane, "next_try_s")}),
                                       1000));
}

}  // namespace

std::string count_text(std::optional<std::uint64_t> count) {
  return count ? std::to_string(*count) : "?";
}

std::string title_of(std::string_view name) {
  std::string title = text::shown(name);
  for (char& c : title)
    if (c == '_') c = ' ';
  return title;
}

std::string mebibytes(double bytes) {
  const double value = bytes / (1024.0 * 1024.0);
  std::array<char, 32> out{};
  const bool whole = value >= 10 || value == std::floor(value);
  std::snprintf(out.data(), out.size(), whole ? "%.0f" : "%.1f", value);
  return out.data();
}

std::string table_in(Json status) {
  Table table({{"IN", Table::Align::left, 13},
               {"lines", Table::Align::right, 9},
               {"accepted", Table::Align::right, 9},
               {"rejected"},
               {"filtered"},
               {"dropped before us", Table::Align::left}});
  each_member(status, "listeners", [&](std::string_view name, Json listener) {
    table.row({title_of(name), count_text(number(listener, "lines")),
               count_text(number(listener, "accepted")), std::to_string(sum_of(listener, "rejected")),
               std::to_string(sum_of(listener, "filtered")), dropped_before(listener)});
  });
  return table.str();
}

std::string table_out(Json status, const StatusStyle& style) {
  Table table({{"OUT", Table::Align::left, 13},
               {"state", Table::Align::left, 7},
               {"accepted", Table::Align::right, 9},
               {"delivered", Table::Align::right, 9},
               {"dead"},
               {"dropped"},
               {"held", Table::Align::right, 7},
               {"maybe twice"}});
  const std::string lasts = disk_lasts(status);
  each_member(status, "lanes", [&](std::string_view name, Json lane) {
    const std::string_view state = text_of(lane, "state");
    table.row({text::shown(name), state_text(state), count_text(number(lane, "accepted")),
               count_text(number(lane, "delivered")), count_text(number(lane, "dead")),
               std::to_string(sum_of(lane, "dropped")), std::to_string(sum_of(lane, "held")),
               count_text(number(lane, "maybe_twice"))});
    if (!state.empty() && state != "healthy") explain(table, name, lane, lasts, style);
  });
  return table.str();
}

}  // namespace pannier::daemon::commands
