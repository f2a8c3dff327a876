#include "base/text.h"
#include "daemon/status.h"

namespace pannier::daemon {

using observe::Books;
using observe::ListenerBooks;

namespace {

std::string lane_line(const observe::LaneBooks& lane) {
  std::string line = "; " + text::shown(lane.name) + ": ";
  if (lane.carried_in != 0) line += std::to_string(lane.carried_in) + " carried in + ";
  line += std::to_string(lane.accepted) + " accepted = " + std::to_string(lane.delivered) + " delivered + " +
          std::to_string(observe::sum(lane.dead)) + " dead + " + std::to_string(observe::sum(lane.dropped)) +
          " dropped + " + std::to_string(lane.held.memory + lane.held.in_flight) + " held";
  if (lane.held.spool != 0) line += " + " + std::to_string(lane.held.spool) + " in the spool";
  return line;
}

}  // namespace

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
  for (const observe::LaneBooks& lane : books.lanes) line += lane_line(lane);
  return line + (observe::imbalances(books).empty() ? "; balanced" : "; NOT BALANCED");
}

}  // namespace pannier::daemon
