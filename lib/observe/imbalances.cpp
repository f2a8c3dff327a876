#include "observe/totals.h"

namespace pannier::observe {
namespace {

std::string unequal(std::string_view what, std::string_view left, std::uint64_t left_sum,
                    std::string_view right, std::uint64_t right_sum) {
  return std::string(what)
      .append(": ")
      .append(left)
      .append(" = ")
      .append(std::to_string(left_sum))
      .append(", but ")
      .append(right)
      .append(" = ")
      .append(std::to_string(right_sum));
}

void check_listeners(const Books& books, std::vector<std::string>& out) {
  for (std::size_t i = 0; i < books.listeners.size(); ++i) {
    const ListenerBooks& listener = books.listeners[i];
    const std::uint64_t parts = listener.accepted + sum(listener.rejected) + sum(listener.filtered);
    if (listener.lines != parts)
      out.push_back(unequal(name(static_cast<ListenerId>(i)), "lines", listener.lines,
                            "accepted + rejected + filtered", parts));
  }
}

enum class Of : std::uint8_t { run, totals };

// A destination is asked for what was accepted while it was on: in a run that is all.
std::uint64_t accepted_by_all(const Books& books) {
  std::uint64_t accepted = 0;
  for (const ListenerBooks& listener : books.listeners) accepted += listener.accepted;
  return accepted;
}

void check_destinations(const Books& books, Of of, std::vector<std::string>& out) {
  for (std::size_t i = 0; i < books.destinations.size(); ++i) {
    if (!books.destinations[i].on) continue;
    std::uint64_t parts = sum(books.destinations[i].left_out);
    for (const LaneBooks& lane : books.lanes)
      if (lane.destination == static_cast<DestinationId>(i)) parts += lane.accepted;
    const std::uint64_t accepted = of == Of::run ? accepted_by_all(books) : books.destinations[i].offered;
    if (accepted != parts)
      out.push_back(unequal(name(static_cast<DestinationId>(i)), "accepted by all listeners", accepted,
                            "accepted by its lanes + left_out", parts));
  }
}

void check_lanes(const Books& books, Of of, std::vector<std::string>& out) {
  const bool is_run = of == Of::run;
  for (const LaneBooks& lane : books.lanes) {
    const std::uint64_t in = lane.carried_in + lane.accepted;
    const std::uint64_t parts = lane.delivered + sum(lane.dead) + sum(lane.dropped) + lane.held.in_flight +
                                lane.held.spool + lane.held.memory + lane.lost_in_crash;
    if (in != parts)
      out.push_back(unequal(
          lane.name, is_run ? "carried_in + accepted" : "accepted", in,
          is_run ? "delivered + dead + dropped + held" : "delivered + dead + dropped + held + lost_in_crash",
          parts));
  }
}

void check_dead_letters(const Books& books, std::vector<std::string>& out) {
  std::uint64_t in = books.dead_letters.carried_in;
  for (const LaneBooks& lane : books.lanes) in += sum(lane.dead);
  const std::uint64_t parts =
      books.dead_letters.stored + books.dead_letters.replayed + sum(books.dead_letters.purged);
  if (in != parts)
    out.push_back(unequal("dead letters", "carried_in + dead", in, "stored + replayed + purged", parts));
}

std::vector<std::string> all_checks(const Books& books, Of of) {
  std::vector<std::string> out;
  check_listeners(books, out);
  check_destinations(books, of, out);
  check_lanes(books, of, out);
  check_dead_letters(books, out);
  return out;
}

}  // namespace

std::vector<std::string> imbalances(const Books& books) {
  return all_checks(books, Of::run);
}

std::vector<std::string> imbalances_of_totals(const Books& totals) {
  std::vector<std::string> out = all_checks(totals, Of::totals);
  for (std::string& sentence : out) sentence.insert(0, "totals: ");
  return out;
}

}  // namespace pannier::observe
