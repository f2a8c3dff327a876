#include "observe/ledger.h"

namespace pannier::observe {
namespace {

constexpr std::size_t most_senders = 256;

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

void check_destinations(const Books& books, std::vector<std::string>& out) {
  std::uint64_t accepted = 0;
  for (const ListenerBooks& listener : books.listeners) accepted += listener.accepted;
  for (std::size_t i = 0; i < books.destinations.size(); ++i) {
    if (!books.destinations[i].on) continue;
    std::uint64_t parts = sum(books.destinations[i].left_out);
    for (const LaneBooks& lane : books.lanes)
      if (lane.destination == static_cast<DestinationId>(i)) parts += lane.accepted;
    if (accepted != parts)
      out.push_back(unequal(name(static_cast<DestinationId>(i)), "accepted by all listeners", accepted,
                            "accepted by its lanes + left_out", parts));
  }
}

void check_lanes(const Books& books, std::vector<std::string>& out) {
  for (const LaneBooks& lane : books.lanes) {
    const std::uint64_t in = lane.carried_in + lane.accepted;
    const std::uint64_t parts = lane.delivered + sum(lane.dead) + sum(lane.dropped) + lane.held.in_flight +
                                lane.held.spool + lane.held.memory;
    if (in != parts)
      out.push_back(
          unequal(lane.name, "carried_in + accepted", in, "delivered + dead + dropped + held", parts));
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

}  // namespace

std::string_view name(ListenerId listener) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(ListenerId::count_)> names{
      "unix_stream", "unix_datagram", "udp", "http_malti", "replay"};
  return names[static_cast<std::size_t>(listener)];
}

std::string_view name(DestinationId destination) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(DestinationId::count_)> names{
      "malti", "multiplayer", "local"};
  return names[static_cast<std::size_t>(destination)];
}

std::vector<std::string> imbalances(const Books& books) {
  std::vector<std::string> out;
  check_listeners(books, out);
  check_destinations(books, out);
  check_lanes(books, out);
  check_dead_letters(books, out);
  return out;
}

void Ledger::open(ListenerId listener) {
  const std::lock_guard lock(mutex_);
  books_.listeners[static_cast<std::size_t>(listener)].open = true;
}

void Ledger::open(DestinationId destination) {
  const std::lock_guard lock(mutex_);
  books_.destinations[static_cast<std::size_t>(destination)].on = true;
}

LaneId Ledger::add_lane(DestinationId destination, std::string name) {
  const std::lock_guard lock(mutex_);
  LaneBooks lane;
  lane.name = std::move(name);
  lane.destination = destination;
  books_.lanes.push_back(std::move(lane));
  return static_cast<LaneId>(books_.lanes.size() - 1);
}

void Ledger::apply(std::span<const Movement> movements) {
  const std::lock_guard lock(mutex_);
  for (const Movement& movement : movements) apply_one(movement);
}

void Ledger::carried_in(LaneId lane, std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  books_.lanes[lane].carried_in += records;
}

void Ledger::apply_one(const Movement& movement) {
  const auto [account, reason, index, count] = movement;
  switch (account) {
    case Account::lines: books_.listeners[index].lines += count; break;
    case Account::accepted: books_.listeners[index].accepted += count; break;
    case Account::rejected: books_.listeners[index].rejected[reason] += count; break;
    case Account::filtered: books_.listeners[index].filtered[reason] += count; break;
    case Account::unknown_fields: books_.listeners[index].unknown_fields += count; break;
    case Account::client_dropped: books_.listeners[index].client_dropped += count; break;
    case Account::limit: books_.listeners[index].limits[reason] += count; break;
    case Account::left_out: books_.destinations[index].left_out[reason] += count; break;
    case Account::texts_cut: books_.destinations[index].texts_cut += count; break;
    case Account::lane_accepted: books_.lanes[index].accepted += count; break;
    case Account::delivered: books_.lanes[index].delivered += count; break;
    case Account::dead: books_.lanes[index].dead[reason] += count; break;
    case Account::dropped: books_.lanes[index].dropped[reason] += count; break;
    case Account::maybe_twice: books_.lanes[index].maybe_twice += count; break;
    case Account::requests: books_.lanes[index].requests += count; break;
    case Account::undurable: books_.lanes[index].undurable += count; break;
    case Account::stored_delivered: books_.lanes[index].delivered += count; break;
    case Account::stored_dead:
      books_.lanes[index].dead[reason] += count;
      books_.dead_letters.purged[static_cast<std::size_t>(Purge::no_store)] += count;
      break;
    case Account::stored_dropped: books_.lanes[index].dropped[reason] += count; break;
    case Account::purged: books_.dead_letters.purged[reason] += count; break;
  }
}

void Ledger::sender(ListenerId listener, uid_t uid, std::uint64_t lines, std::uint64_t client_dropped) {
  const std::lock_guard lock(mutex_);
  ListenerBooks& books = books_.listeners[static_cast<std::size_t>(listener)];
  const auto known = books.senders.find(uid);
  const bool has_place = known != books.senders.end() || books.senders.size() < most_senders;
  SenderBooks& sender = has_place ? books.senders[uid] : books.other_senders;
  sender.lines += lines;
  sender.client_dropped += client_dropped;
}

void Ledger::rejected_last(ListenerId listener, Reject reason, std::string shape) {
  const std::lock_guard lock(mutex_);
  books_.listeners[static_cast<std::size_t>(listener)].rejected_last[static_cast<std::size_t>(reason)] =
      std::move(shape);
}

Books Ledger::snapshot() const {
  const std::lock_guard lock(mutex_);
  return books_;
}

}  // namespace pannier::observe
