#include "daemon/status.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "record/time_text.h"

namespace pannier::daemon {

using observe::Books;
using observe::ListenerBooks;
using observe::ListenerId;

namespace {

constexpr std::size_t longest_path = 4096;

// Only what happened: {"status": 1}.
template <typename Reason>
void write_counters(json::Writer& out, const observe::Counters<Reason>& counters) {
  out.begin('{');
  for (std::size_t i = 0; i < counters.size(); ++i)
    if (counters[i] != 0) out.key(name(static_cast<Reason>(i))).number(counters[i]);
  out.end('}');
}

void write_optional(json::Writer& out, std::optional<std::uint64_t> value) {
  if (value)
    out.number(*value);
  else
    out.null();
}

void write_senders(json::Writer& out, const ListenerBooks& listener) {
  out.key("senders").begin('{');
  const auto write = [&](std::string_view who, const observe::SenderBooks& books) {
    out.key(who).begin('{').key("lines").number(books.lines);
    out.key("client_dropped").number(books.client_dropped).end('}');
  };
  for (const auto& [uid, books] : listener.senders) write("uid " + std::to_string(uid), books);
  if (listener.other_senders.lines + listener.other_senders.client_dropped != 0)
    write("others", listener.other_senders);
  out.end('}');
}

void write_listener(json::Writer& out, const ListenerBooks& listener) {
  out.begin('{').key("lines").number(listener.lines).key("accepted").number(listener.accepted);
  out.key("rejected");
  write_counters<Reject>(out, listener.rejected);
  out.key("rejected_last").begin('{');
  for (std::size_t i = 0; i < listener.rejected_last.size(); ++i)
    if (!listener.rejected_last[i].empty())
      out.key(name(static_cast<Reject>(i))).text(listener.rejected_last[i]);
  out.end('}').key("filtered");
  write_counters<Filter>(out, listener.filtered);
  out.key("kernel_dropped");
  write_optional(out, listener.kernel_dropped);
  out.key("client_dropped").number(listener.client_dropped);
  out.key("unknown_fields").number(listener.unknown_fields).key("limits");
  write_counters<Limit>(out, listener.limits);
  write_senders(out, listener);
  out.end('}');
}

void write_listeners(json::Writer& out, const Books& books) {
  out.key("listeners").begin('{');
  for (std::size_t i = 0; i < books.listeners.size(); ++i) {
    if (!books.listeners[i].open) continue;
    out.key(observe::name(static_cast<ListenerId>(i)));
    write_listener(out, books.listeners[i]);
  }
  out.end('}');
}

void write_destinations(json::Writer& out, const Books& books) {
  out.key("destinations").begin('{');
  for (std::size_t i = 0; i < books.destinations.size(); ++i) {
    const observe::DestinationBooks& destination = books.destinations[i];
    if (!destination.on) continue;
    out.key(observe::name(static_cast<observe::DestinationId>(i))).begin('{').key("left_out");
    write_counters<LeftOut>(out, destination.left_out);
    out.key("texts_cut").number(destination.texts_cut).end('}');
  }
  out.end('}');
}

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

void write_lane(json::Writer& out, const observe::LaneBooks& lane) {
  out.key("carried_in").number(lane.carried_in).key("accepted").number(lane.accepted);
  out.key("delivered").number(lane.delivered).key("dead").number(observe::sum(lane.dead)).key("dead_reasons");
  write_counters<Dead>(out, lane.dead);
  out.key("dropped");
  write_counters<Drop>(out, lane.dropped);
  out.key("held").begin('{').key("memory").number(lane.held.memory).key("spool").number(lane.held.spool);
  out.key("in_flight").number(lane.held.in_flight).end('}');
  out.key("maybe_twice").number(lane.maybe_twice).key("requests").number(lane.requests);
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

void write_dead_letters(json::Writer& out, const observe::DeadLetterBooks& letters) {
  out.key("dead_letters").begin('{').key("carried_in").number(letters.carried_in);
  out.key("stored").number(letters.stored).key("replayed").number(letters.replayed).key("purged");
  write_counters<Purge>(out, letters.purged);
  out.end('}');
}

}  // namespace

std::string_view state_name(deliver::LaneState state) {
  switch (state) {
    case deliver::LaneState::healthy: return "healthy";
    case deliver::LaneState::backing_off: return "backing_off";
    case deliver::LaneState::blocked: return "blocked";
  }
  return "healthy";
}

std::uint64_t at_risk(const Books& books) {
  std::uint64_t records = 0;
  for (const observe::LaneBooks& lane : books.lanes) records += lane.held.memory + lane.held.in_flight - lane.held.in_flight_stored;
  return records;
}

std::string status_json(const Snapshot& snapshot) {
  const Books& books = snapshot.books;
  const std::vector<std::string> wrong = observe::imbalances(books);
  json::Writer out;
  out.begin('{').key("version").text(PANNIER_VERSION);
  out.key("uptime_s").number(static_cast<double>(snapshot.uptime.count()) / 1000);
  out.key("balanced").boolean(wrong.empty()).key("at_risk").number(at_risk(books));
  out.key("lost_in_crash").number(0).key("undurable").number(0);
  write_listeners(out, books);
  write_destinations(out, books);
  write_lanes(out, snapshot);
  write_dead_letters(out, books.dead_letters);
  out.key("session").null();
  out.key("imbalances").begin('[');
  for (const std::string& sentence : wrong) out.text(sentence);
  out.end(']').key("config").text(snapshot.config_version);
  out.key("memory").begin('{').key("used").number(snapshot.memory_used);
  out.key("limit").number(snapshot.memory).end('}');
  out.key("warnings").begin('[');
  for (const std::string& warning : snapshot.warnings) out.text(warning);
  out.end(']').key("stopping").boolean(snapshot.stopping);
  out.end('}');
  return text::json_shown(out.str());
}

std::string ledger_line(const Books& books) {
  std::uint64_t lines = 0, accepted = 0, rejected = 0, filtered = 0;
  for (const ListenerBooks& listener : books.listeners) {
    lines += listener.lines;
    accepted += listener.accepted;
    rejected += observe::sum(listener.rejected);
    filtered += observe::sum(listener.filtered);
  }
  std::string line = "ledger: " + std::to_string(lines) + " lines = " + std::to_string(accepted) +
                     " accepted + " + std::to_string(rejected) + " rejected + " + std::to_string(filtered) +
                     " filtered";
  for (const observe::LaneBooks& lane : books.lanes)
    line += "; " + text::shown(lane.name) + ": " + std::to_string(lane.accepted) +
            " accepted = " + std::to_string(lane.delivered) + " delivered + " +
            std::to_string(observe::sum(lane.dead)) + " dead + " +
            std::to_string(observe::sum(lane.dropped)) + " dropped + " +
            std::to_string(lane.held.memory + lane.held.in_flight) + " held";
  return line + (observe::imbalances(books).empty() ? "; balanced" : "; NOT BALANCED");
}

void add_held(Books& books, const std::vector<deliver::LaneView>& lanes) {
  for (std::size_t id = 0; id < lanes.size() && id < books.lanes.size(); ++id) {
    books.lanes[id].held.memory += lanes[id].parked;
    books.lanes[id].held.spool += lanes[id].parked_stored;
    books.lanes[id].held.in_flight += lanes[id].in_flight;
    books.lanes[id].held.in_flight_stored += lanes[id].in_flight_stored;
  }
}

}  // namespace pannier::daemon
