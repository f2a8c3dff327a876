#include "daemon/malti_stats.h"

#include "queue/segment.h"

namespace pannier::daemon {
namespace {

struct Totals {
  std::uint64_t added = 0, sent = 0, failed = 0, size = 0;
  std::uint64_t lately = 0, lately_bytes = 0;

  void add(const observe::LaneBooks& lane) {
    added += lane.carried_in + lane.accepted;
    sent += lane.delivered;
    failed += observe::sum(lane.dead) + observe::sum(lane.dropped);
    size += lane.held.memory + lane.held.spool + lane.held.in_flight;
    lately += lane.lately;
    lately_bytes += lane.lately_bytes;
  }
  [[nodiscard]] std::uint64_t mean() const {
    return lately == 0 ? nominal_record : (lately_bytes + lately / 2) / lately;
  }
};

void write_totals(json::Writer& out, const Totals& totals, std::size_t memory) {
  out.key("total_added").number(totals.added).key("total_sent").number(totals.sent);
  out.key("total_failed").number(totals.failed).key("current_size").number(totals.size);
  out.key("max_size").number(std::uint64_t{queue::SegmentPool::fitting(memory, totals.mean())});
}

bool is_maltis(const observe::LaneBooks& lane) {
  return lane.destination == observe::DestinationId::malti;
}

void write_services(json::Writer& out, const Snapshot& snapshot) {
  out.key("services").begin('{');
  for (const observe::LaneBooks& lane : snapshot.books.lanes) {
    if (!is_maltis(lane)) continue;
    Totals own;
    own.add(lane);
    out.key(std::string_view(lane.name).substr(lane.name.find('/') + 1)).begin('{');
    write_totals(out, own, snapshot.memory);
    out.end('}');
  }
  out.end('}');
}

}  // namespace

void write_malti_stats(json::Writer& out, const Snapshot& snapshot) {
  const SdkStats& sdk = snapshot.stats;
  Totals all;
  for (const observe::LaneBooks& lane : snapshot.books.lanes)
    if (is_maltis(lane)) all.add(lane);
  out.begin('{');
  write_totals(out, all, snapshot.memory);
  out.key("max_bytes").number(snapshot.memory).key("service_name").text(sdk.service);
  out.key("node").text(sdk.node).key("running").boolean(!snapshot.stopping).key("malti_url");
  if (sdk.malti_url.empty())
    out.null();
  else
    out.text(sdk.malti_url);
  out.key("clean_mode").boolean(sdk.clean_mode);
  write_services(out, snapshot);
  out.end('}');
}

}  // namespace pannier::daemon
