#include "daemon/commands/status_spool.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "base/units.h"
#include "daemon/commands/status_tables.h"

namespace pannier::daemon::commands {
namespace {

std::string records(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " record" : " records");
}

std::string count_of_units(double count, const char* unit, const char* units) {
  const auto whole = static_cast<std::uint64_t>(count);
  return "about " + std::to_string(whole) + " " + (whole == 1 ? unit : units);
}

// A rate of some minutes allows for no more than one number.
std::string roughly(double seconds) {
  constexpr double minute = 60;
  constexpr double hour = 60 * minute;
  constexpr double day = 24 * hour;
  if (seconds < minute) return "less than a minute";
  if (seconds < 2 * hour) return count_of_units(seconds / minute, "minute", "minutes");
  if (seconds < 2 * day) return count_of_units(seconds / hour, "hour", "hours");
  return count_of_units(std::min(seconds / day, 1e6), "day", "days");
}

std::string age_text(double seconds) {
  return units::about(std::chrono::seconds(static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e12))));
}

std::string spool_line(Json spool) {
  const std::string_view state = text_of(spool, "state");
  std::string line = "spool: ";
  if (state != "ok") line += "NOT OK, " + text::shown(state.empty() ? "?" : state, 1000) + "; ";
  line += mebibytes(static_cast<double>(number(spool, "used").value_or(0))) + " of " +
          mebibytes(static_cast<double>(number(spool, "limit").value_or(0))) + " MiB";
  if (const auto oldest = member_as<double>(spool, "oldest_s"))
    line += ", oldest record " + age_text(*oldest) + " old";
  if (const auto full = member_as<double>(spool, "full_in_s"))
    line += ", full in " + roughly(*full) + " at this rate";
  return line + "\n";
}

std::string crash_line(Json status) {
  const auto lost = member(status, "lost_in_crash");
  if (!lost) return "";
  if (lost->is_null()) return "lost in the last crash: unknown after a power cut\n";
  const std::uint64_t count = number(status, "lost_in_crash").value_or(0);
  return count == 0 ? "" : "lost in the last crash: " + records(count) + " (at most)\n";
}

std::string undurable_line(Json status) {
  const std::uint64_t count = number(status, "undurable").value_or(0);
  return count == 0 ? "" : "taken while the spool could not commit: " + records(count) + "\n";
}

bool is_of_this_run(Json totals_lane, std::optional<Json> run_lane) {
  return run_lane && number(totals_lane, "accepted") == number(*run_lane, "accepted");
}

std::string lane_total(std::string_view name, Json lane) {
  std::string line = "    " + text::shown(name) + ": " + count_text(number(lane, "accepted")) +
                     " accepted = " + count_text(number(lane, "delivered")) + " delivered + " +
                     count_text(number(lane, "dead")) + " dead + " + std::to_string(sum_of(lane, "dropped")) +
                     " dropped + " + std::to_string(sum_of(lane, "held")) + " held";
  if (const auto lost = number(lane, "lost_in_crash").value_or(0); lost != 0)
    line += " + " + std::to_string(lost) + " lost in crashes";
  return line + "\n";
}

}  // namespace

std::string disk_lasts(Json status) {
  const auto spool = member(status, "spool");
  const auto full = spool ? member_as<double>(*spool, "full_in_s") : std::nullopt;
  return full ? ", disk lasts " + roughly(*full) : "";
}

std::string spool_lines(Json status) {
  std::string lines;
  const auto spool = member(status, "spool");
  if (spool && spool->is_object() && text_of(*spool, "mode") != "off") lines = spool_line(*spool);
  return lines + crash_line(status) + undurable_line(status);
}

std::string totals_lines(Json status) {
  const auto totals = member(status, "totals");
  if (!totals) return "";
  const auto run_lanes = member(status, "lanes");
  std::string lines;
  each_member(*totals, "lanes", [&](std::string_view name, Json lane) {
    if (!is_of_this_run(lane, run_lanes ? member(*run_lanes, name) : std::nullopt))
      lines += lane_total(name, lane);
  });
  return lines.empty() ? "" : "since the spool was made:\n" + lines;
}

}  // namespace pannier::daemon::commands
