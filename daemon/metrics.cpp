#include "daemon/metrics.h"

#include <set>

#include "base/text.h"
#include "daemon/metrics_spool.h"
#include "observe/exposition.h"

namespace pannier::daemon {
namespace {

using observe::Books;
using observe::Exposition;
using observe::LaneBooks;
using observe::ListenerBooks;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

class Metrics {
 public:
  explicit Metrics(const Snapshot& snapshot)
      : snapshot_(snapshot), books_(snapshot.books), lanes_(lane_labels(snapshot.books)) {}

  std::string text(const ProcessFacts& process, std::span<const HttpFacts> http) {
    write_daemon();
    write_listeners();
    write_destinations();
    write_lanes();
    write_lane_states();
    write_dead_letters();
    write_spool(out_, snapshot_);
    write_http(http);
    write_process(process);
    return out_.take();
  }

 private:
  void gauge(std::string_view name, std::string_view help, auto value) {
    out_.gauge(name, help);
    out_.sample({}, value);
  }

  void write_daemon() {
    out_.gauge("pannier_build_info", "The version that runs.");
    out_.sample({{"version", PANNIER_VERSION}}, 1);
    out_.gauge("pannier_config_info", "The configuration in force.");
    out_.sample({{"version", snapshot_.config_version}}, 1);
    gauge("pannier_uptime_seconds", "How long it runs.",
          static_cast<double>(snapshot_.uptime.count()) / 1000);
    gauge("pannier_ready", "1 while the listeners accept, as /readyz says.", snapshot_.ready ? 1 : 0);
    gauge("pannier_balanced", "1 while every sum of the ledger balances.",
          imbalances(snapshot_).empty() ? 1 : 0);
    gauge("pannier_warnings", "Settings that are warned of; the log and `pannier config` name them.",
          snapshot_.warnings.size());
    gauge("pannier_at_risk_records", "Records that are held in memory only.", at_risk(books_));
    gauge("pannier_memory_used_bytes", "What the queues have allocated.", snapshot_.memory_used);
    gauge("pannier_memory_limit_bytes", "What the queues may allocate: the setting `memory`.",
          snapshot_.memory);
  }

  // One sample for each listener that is open.
  template <typename Value>
  void of_listeners(std::string_view name, std::string_view help, Value value) {
    out_.counter(name, help);
    for (std::size_t i = 0; i < books_.listeners.size(); ++i)
      if (books_.listeners[i].open)
        value(observe::name(static_cast<observe::ListenerId>(i)), books_.listeners[i]);
  }
  void of_listeners(std::string_view metric, std::string_view help, std::uint64_t ListenerBooks::* member) {
    of_listeners(metric, help, [&](std::string_view id, const ListenerBooks& books) {
      out_.sample({{"listener", id}}, books.*member);
    });
  }
  template <typename Reason>
  void of_listeners(std::string_view metric, std::string_view help,
                    observe::Counters<Reason> ListenerBooks::* member, std::string_view label = "reason") {
    of_listeners(metric, help, [&](std::string_view id, const ListenerBooks& books) {
      for (std::size_t i = 0; i < count_of<Reason>; ++i)
        out_.sample({{"listener", id}, {label, name(static_cast<Reason>(i))}}, (books.*member)[i]);
    });
  }

  void write_listeners() {
    of_listeners("pannier_listener_lines_total", "Lines that came: accepted, rejected or filtered.",
                 &ListenerBooks::lines);
    of_listeners("pannier_listener_accepted_records_total", "Lines that are records.",
                 &ListenerBooks::accepted);
    of_listeners<Reject>("pannier_listener_rejected_lines_total", "Lines that are no records.",
                         &ListenerBooks::rejected);
    of_listeners<Filter>("pannier_listener_filtered_lines_total", "Faultless lines that are no requests.",
                         &ListenerBooks::filtered);
    of_listeners("pannier_listener_kernel_dropped_datagrams_total",
                 "Datagrams that the kernel dropped; absent where nobody can count them.",
                 [&](std::string_view id, const ListenerBooks& books) {
                   if (books.kernel_dropped) out_.sample({{"listener", id}}, *books.kernel_dropped);
                 });
    of_listeners("pannier_listener_client_dropped_records_total", "Records that clients say they dropped.",
                 &ListenerBooks::client_dropped);
    of_listeners("pannier_listener_unknown_fields_total", "Fields of records that nobody knows.",
                 &ListenerBooks::unknown_fields);
    of_listeners<Limit>("pannier_listener_limit_hits_total", "How often a limit shut somebody out.",
                        &ListenerBooks::limits, "limit");
  }

  void write_destinations() {
    out_.counter("pannier_destination_left_out_records_total", "Records that a destination does not take.");
    for_destinations([&](std::string_view id, const observe::DestinationBooks& books) {
      for (std::size_t i = 0; i < books.left_out.size(); ++i)
        out_.sample({{"destination", id}, {"reason", name(static_cast<LeftOut>(i))}}, books.left_out[i]);
    });
    out_.counter("pannier_destination_cut_texts_total",
                 "Texts that were cut or altered to what the destination takes.");
    for_destinations([&](std::string_view id, const observe::DestinationBooks& books) {
      out_.sample({{"destination", id}}, books.texts_cut);
    });
    out_.counter("pannier_destination_other_texts_total",
                 "Endpoints and consumers that became (other), because their service has too many.");
    for_destinations([&](std::string_view id, const observe::DestinationBooks& books) {
      for (std::size_t i = 0; i < books.cardinality.size(); ++i)
        out_.sample({{"destination", id}, {"text", name(static_cast<Guarded>(i))}}, books.cardinality[i]);
    });
  }
  template <typename Visit>
  void for_destinations(Visit visit) {
    for (std::size_t i = 0; i < books_.destinations.size(); ++i)
      if (books_.destinations[i].on)
        visit(observe::name(static_cast<observe::DestinationId>(i)), books_.destinations[i]);
  }

  template <typename Visit>
  void for_lanes(Visit visit) {
    for (std::size_t id = 0; id < books_.lanes.size(); ++id) visit(lanes_[id], books_.lanes[id]);
  }
  void of_lanes(std::string_view metric, std::string_view help, std::uint64_t LaneBooks::* member) {
    out_.counter(metric, help);
    for_lanes(
        [&](std::string_view lane, const LaneBooks& books) { out_.sample({{"lane", lane}}, books.*member); });
  }
  template <typename Reason>
  void of_lanes(std::string_view metric, std::string_view help,
                observe::Counters<Reason> LaneBooks::* member) {
    out_.counter(metric, help);
    for_lanes([&](std::string_view lane, const LaneBooks& books) {
      for (std::size_t i = 0; i < count_of<Reason>; ++i)
        out_.sample({{"lane", lane}, {"reason", name(static_cast<Reason>(i))}}, (books.*member)[i]);
    });
  }

  void write_lanes() {
    out_.gauge("pannier_lane_carried_in_records", "Records that the spool held at start.");
    for_lanes([&](std::string_view lane, const LaneBooks& books) {
      out_.sample({{"lane", lane}}, books.carried_in);
    });
    of_lanes("pannier_lane_accepted_records_total", "Records that went into the lane.", &LaneBooks::accepted);
    of_lanes("pannier_lane_delivered_records_total", "Records that the backend took.", &LaneBooks::delivered);
    of_lanes<Dead>("pannier_lane_dead_records_total", "Records that became dead letters.", &LaneBooks::dead);
    of_lanes<Drop>("pannier_lane_dropped_records_total", "Records that left undelivered, for good.",
                   &LaneBooks::dropped);
    out_.gauge("pannier_lane_held_records", "Records that wait, by the place where they do.");
    for_lanes([&](std::string_view lane, const LaneBooks& books) {
      out_.sample({{"lane", lane}, {"place", "memory"}}, books.held.memory);
      out_.sample({{"lane", lane}, {"place", "spool"}}, books.held.spool);
      out_.sample({{"lane", lane}, {"place", "in_flight"}}, books.held.in_flight);
    });
    of_lanes("pannier_lane_maybe_twice_records_total", "Records that the backend may have got twice.",
             &LaneBooks::maybe_twice);
    of_lanes("pannier_lane_undurable_records_total",
             "Records that were taken although the spool could not commit them.", &LaneBooks::undurable);
    of_lanes("pannier_lane_requests_total", "Requests to the backend.", &LaneBooks::requests);
  }

  // A lane that was made a moment ago has no view yet.
  [[nodiscard]] deliver::LaneView view(std::size_t id) const {
    deliver::LaneView fresh;
    fresh.since = snapshot_.now;
    return id < snapshot_.lanes.size() ? snapshot_.lanes[id] : fresh;
  }

  void write_lane_states() {
    using deliver::LaneState;
    out_.gauge("pannier_lane_state", "1 for the state that the lane is in, 0 for the others.");
    for (std::size_t id = 0; id < lanes_.size(); ++id)
      for (const LaneState state : {LaneState::healthy, LaneState::backing_off, LaneState::blocked})
        out_.sample({{"lane", lanes_[id]}, {"state", state_name(state)}}, view(id).state == state ? 1 : 0);
    out_.gauge("pannier_lane_state_seconds", "How long the lane is in its state.");
    for (std::size_t id = 0; id < lanes_.size(); ++id)
      out_.sample({{"lane", lanes_[id]}}, seconds(snapshot_.now - view(id).since));
  }

  void write_dead_letters() {
    const observe::DeadLetterBooks& letters = books_.dead_letters;
    gauge("pannier_dead_letters_carried_in", "Dead letters that were stored at start.", letters.carried_in);
    gauge("pannier_dead_letters_stored", "Dead letters that are stored.", letters.stored);
    out_.counter("pannier_dead_letters_replayed_total", "Dead letters that were sent again by hand.");
    out_.sample({}, letters.replayed);
    out_.counter("pannier_dead_letters_purged_total", "Dead letters that were removed.");
    for (std::size_t i = 0; i < letters.purged.size(); ++i)
      out_.sample({{"reason", name(static_cast<Purge>(i))}}, letters.purged[i]);
  }

  void write_http(std::span<const HttpFacts> all) {
    out_.gauge("pannier_http_connections", "Open connections of an HTTP listener, this one included.");
    for (const HttpFacts& http : all) out_.sample({{"listener", http.listener}}, http.connections);
    out_.counter("pannier_http_refused_connections_total", "Connections that were one too many.");
    for (const HttpFacts& http : all) out_.sample({{"listener", http.listener}}, http.counts.refused);
    out_.counter("pannier_http_answers_total", "Answers by status; 408: half a request.");
    for (const HttpFacts& http : all)
      for (const auto& [status, count] : http.counts.answers)
        out_.sample({{"listener", http.listener}, {"code", std::to_string(status)}}, count);
    out_.counter("pannier_http_unread_answers_total", "Answers that the client did not take in time.");
    for (const HttpFacts& http : all) out_.sample({{"listener", http.listener}}, http.counts.unread);
  }

  void write_process(const ProcessFacts& process) {
    out_.counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
    out_.sample({}, process.cpu_seconds);
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", process.resident_bytes);
    gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", process.virtual_bytes);
    if (process.open_fds) gauge("process_open_fds", "Number of open file descriptors.", *process.open_fds);
    gauge("process_max_fds", "Maximum number of open file descriptors.", process.max_fds);
    gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
          process.start_time);
  }

  const Snapshot& snapshot_;
  const Books& books_;
  const std::vector<std::string> lanes_;
  Exposition out_;
};

}  // namespace

std::vector<std::string> lane_labels(const Books& books) {
  std::vector<std::string> labels;
  std::set<std::string> taken;
  for (std::size_t id = 0; id < books.lanes.size(); ++id) {
    std::string label = text::shown(books.lanes[id].name);
    while (!taken.insert(label).second) label.append(" #").append(std::to_string(id));
    labels.push_back(std::move(label));
  }
  return labels;
}

std::string metrics_text(const Snapshot& snapshot, const ProcessFacts& process, const HttpFacts& observe,
                         const std::optional<HttpFacts>& ingest) {
  std::vector<HttpFacts> http{observe};
  if (ingest) http.push_back(*ingest);
  return Metrics(snapshot).text(process, http);
}

}  // namespace pannier::daemon
