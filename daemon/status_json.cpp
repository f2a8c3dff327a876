#include <algorithm>

#include "base/text.h"
#include "daemon/books_json.h"
#include "daemon/malti_stats.h"
#include "daemon/status.h"
#include "record/time_text.h"

namespace pannier::daemon {
namespace {

constexpr std::size_t longest_path = 4096;

void write_state(json::Writer& out, const deliver::LaneView& view, const Snapshot& snapshot) {
  out.key("state").text(state_name(view.state)).key("why");
  if (view.why.empty())
    out.null();
  else
    out.text(view.why);
  char since[record::utc_text_bytes];
  const auto ago = std::chrono::duration_cast<std::chrono::microseconds>(snapshot.now - view.since);
  record::write_utc(since, snapshot.wall_clock - ago);
  out.key("since").text({since, sizeof since}).key("next_try_s");
  if (view.next_try)
    out.number(std::max(0.0, std::chrono::duration<double>(*view.next_try - snapshot.now).count()));
  else
    out.null();
}

void write_lanes(json::Writer& out, const Snapshot& snapshot) {
  out.key("lanes").begin('{');
  for (std::size_t id = 0; id < snapshot.books.lanes.size(); ++id) {
    const observe::LaneBooks& lane = snapshot.books.lanes[id];
    out.key(lane.name).begin('{');
    write_state(out, id < snapshot.lanes.size() ? snapshot.lanes[id] : deliver::LaneView{}, snapshot);
    write_lane(out, lane);
    if (const auto file = snapshot.key_files.find(lane.name); file != snapshot.key_files.end())
      out.key("key_file").text(text::shown(file->second, longest_path));
    out.end('}');
  }
  out.end('}');
}

void write_seconds(json::Writer& out, std::optional<Duration> duration) {
  if (duration)
    out.number(std::chrono::duration<double>(*duration).count());
  else
    out.null();
}

void write_spool(json::Writer& out, const Snapshot& snapshot) {
  const SpoolStatus& spool = snapshot.spool;
  out.key("spool").begin('{').key("mode").text(spool.mode).key("state").text(spool.state);
  out.key("used").number(spool.used).key("limit").number(spool.limit).key("oldest_s");
  write_seconds(out, oldest_age(snapshot));
  out.key("full_in_s");
  write_seconds(out, full_in(spool));
  out.key("unknown_ends").number(snapshot.unknown_ends).end('}');
}

void write_all_totals(json::Writer& out, const Snapshot& snapshot) {
  out.key("totals");
  if (!snapshot.totals) {
    out.null();
    return;
  }
  out.begin('{');
  write_totals(out, *snapshot.totals);
  out.end('}');
}

void write_texts(json::Writer& out, std::string_view key, const std::vector<std::string>& texts) {
  out.key(key).begin('[');
  for (const std::string& text : texts) out.text(text);
  out.end(']');
}

}  // namespace

std::string status_json(const Snapshot& snapshot) {
  const observe::Books& books = snapshot.books;
  const std::vector<std::string> wrong = imbalances(snapshot);
  json::Writer out;
  out.begin('{').key("version").text(PANNIER_VERSION);
  out.key("uptime_s").number(static_cast<double>(snapshot.uptime.count()) / 1000);
  out.key("balanced").boolean(wrong.empty()).key("at_risk").number(at_risk(books)).key("lost_in_crash");
  write_optional(out, snapshot.lost_in_crash);
  out.key("undurable").number(undurable(books));
  write_listeners(out, books, BooksOf::run);
  write_destinations(out, books);
  write_lanes(out, snapshot);
  write_dead_letters(out, books.dead_letters, BooksOf::run);
  write_all_totals(out, snapshot);
  write_spool(out, snapshot);
  out.key("session").null();
  out.key("malti");
  write_malti_stats(out, snapshot);
  write_texts(out, "imbalances", wrong);
  out.key("config").text(snapshot.config_version);
  out.key("memory").begin('{').key("used").number(snapshot.memory_used);
  out.key("limit").number(snapshot.memory).end('}');
  write_texts(out, "warnings", all_warnings(snapshot));
  out.key("stopping").boolean(snapshot.stopping);
  out.end('}');
  return text::json_shown(out.str());
}

}  // namespace pannier::daemon
