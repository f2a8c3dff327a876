#include "daemon/books_json.h"

namespace pannier::daemon {

using observe::Books;
using observe::ListenerBooks;
using observe::ListenerId;

namespace {

// Only what happened: {"status": 1}.
template <typename Reason>
void write_counters(json::Writer& out, const observe::Counters<Reason>& counters) {
  out.begin('{');
  for (std::size_t i = 0; i < counters.size(); ++i)
    if (counters[i] != 0) out.key(name(static_cast<Reason>(i))).number(counters[i]);
  out.end('}');
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

void write_counts(json::Writer& out, const ListenerBooks& listener) {
  out.key("lines").number(listener.lines).key("accepted").number(listener.accepted).key("rejected");
  write_counters<Reject>(out, listener.rejected);
  out.key("filtered");
  write_counters<Filter>(out, listener.filtered);
  out.key("client_dropped").number(listener.client_dropped);
  out.key("unknown_fields").number(listener.unknown_fields).key("limits");
  write_counters<Limit>(out, listener.limits);
}

// What only a run knows.
void write_particulars(json::Writer& out, const ListenerBooks& listener) {
  out.key("rejected_last").begin('{');
  for (std::size_t i = 0; i < listener.rejected_last.size(); ++i)
    if (!listener.rejected_last[i].empty())
      out.key(name(static_cast<Reject>(i))).text(listener.rejected_last[i]);
  out.end('}').key("kernel_dropped");
  write_optional(out, listener.kernel_dropped);
  write_senders(out, listener);
}

void write_ends(json::Writer& out, const observe::LaneBooks& lane) {
  out.key("accepted").number(lane.accepted).key("delivered").number(lane.delivered);
  out.key("dead").number(observe::sum(lane.dead)).key("dead_reasons");
  write_counters<Dead>(out, lane.dead);
  out.key("dropped");
  write_counters<Drop>(out, lane.dropped);
  out.key("held").begin('{').key("memory").number(lane.held.memory).key("spool").number(lane.held.spool);
  out.key("in_flight").number(lane.held.in_flight).end('}');
  out.key("maybe_twice").number(lane.maybe_twice).key("requests").number(lane.requests);
  out.key("undurable").number(lane.undurable);
}

}  // namespace

void write_optional(json::Writer& out, std::optional<std::uint64_t> value) {
  if (value)
    out.number(*value);
  else
    out.null();
}

void write_listeners(json::Writer& out, const Books& books, BooksOf of) {
  out.key("listeners").begin('{');
  for (std::size_t i = 0; i < books.listeners.size(); ++i) {
    if (!books.listeners[i].open) continue;
    out.key(observe::name(static_cast<ListenerId>(i))).begin('{');
    write_counts(out, books.listeners[i]);
    if (of == BooksOf::run) write_particulars(out, books.listeners[i]);
    out.end('}');
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
    out.key("texts_cut").number(destination.texts_cut).key("cardinality");
    write_counters<Guarded>(out, destination.cardinality);
    out.end('}');
  }
  out.end('}');
}

void write_dead_letters(json::Writer& out, const observe::DeadLetterBooks& letters, BooksOf of) {
  out.key("dead_letters").begin('{');
  if (of == BooksOf::run) out.key("carried_in").number(letters.carried_in);
  out.key("stored").number(letters.stored).key("replayed").number(letters.replayed).key("purged");
  write_counters<Purge>(out, letters.purged);
  out.end('}');
}

void write_lane(json::Writer& out, const observe::LaneBooks& lane) {
  out.key("carried_in").number(lane.carried_in);
  write_ends(out, lane);
  out.key("in_flight_stored").number(lane.held.in_flight_stored);
}

void write_totals(json::Writer& out, const Books& totals) {
  write_listeners(out, totals, BooksOf::totals);
  write_destinations(out, totals);
  out.key("lanes").begin('{');
  for (const observe::LaneBooks& lane : totals.lanes) {
    out.key(lane.name).begin('{');
    write_ends(out, lane);
    out.key("lost_in_crash").number(lane.lost_in_crash).end('}');
  }
  out.end('}');
  write_dead_letters(out, totals.dead_letters, BooksOf::totals);
}

}  // namespace pannier::daemon
