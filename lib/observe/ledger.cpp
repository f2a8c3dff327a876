#include "observe/ledger.h"

#include "observe/counter_layout.h"
#include "observe/counter_page.h"

namespace pannier::observe {
namespace {

constexpr std::size_t most_senders = 256;

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

void Ledger::open(ListenerId listener) {
  const std::lock_guard lock(mutex_);
  books_.listeners[static_cast<std::size_t>(listener)].open = true;
  if (page_ != nullptr) page_->open(listener);
}

void Ledger::open(DestinationId destination) {
  const std::lock_guard lock(mutex_);
  books_.destinations[static_cast<std::size_t>(destination)].on = true;
  if (page_ != nullptr) page_->open(destination);
}

LaneId Ledger::add_lane(DestinationId destination, std::string name) {
  const std::lock_guard lock(mutex_);
  LaneBooks lane;
  lane.name = std::move(name);
  lane.destination = destination;
  books_.lanes.push_back(std::move(lane));
  const auto id = static_cast<LaneId>(books_.lanes.size() - 1);
  if (page_ != nullptr) page_->name_lane(id, destination, books_.lanes.back().name);
  return id;
}

std::uint64_t& counter_of(Books& books, const Movement& movement) {
  const std::size_t reason = movement.reason;
  const std::size_t index = movement.index;
  switch (movement.account) {
    case Account::lines: return books.listeners[index].lines;
    case Account::accepted: return books.listeners[index].accepted;
    case Account::rejected: return books.listeners[index].rejected[reason];
    case Account::filtered: return books.listeners[index].filtered[reason];
    case Account::unknown_fields: return books.listeners[index].unknown_fields;
    case Account::client_dropped: return books.listeners[index].client_dropped;
    case Account::limit: return books.listeners[index].limits[reason];
    case Account::left_out: return books.destinations[index].left_out[reason];
    case Account::texts_cut: return books.destinations[index].texts_cut;
    case Account::cardinality: return books.destinations[index].cardinality[reason];
    case Account::lane_accepted: return books.lanes[index].accepted;
    case Account::delivered:
    case Account::stored_delivered: return books.lanes[index].delivered;
    case Account::dead: return books.lanes[index].dead[reason];
    case Account::dropped:
    case Account::stored_dropped: return books.lanes[index].dropped[reason];
    case Account::maybe_twice: return books.lanes[index].maybe_twice;
    case Account::requests: return books.lanes[index].requests;
    case Account::undurable: return books.lanes[index].undurable;
    case Account::replayed: return books.dead_letters.replayed;
    case Account::died_unstored:
    case Account::purged: break;
  }
  return books.dead_letters.purged[reason];
}

void Ledger::apply(std::span<const Movement> movements) {
  const std::lock_guard lock(mutex_);
  for (const Movement& movement : movements) apply_one(movement);
  if (page_ != nullptr) page_->add(movements);
}

void Ledger::apply_one(const Movement& movement) {
  counter_of(books_, movement) += movement.count;
  if (movement.account == Account::replayed) replay(movement.index, movement.count);
}

void Ledger::replay(LaneId lane, std::uint64_t records) {
  ListenerBooks& listener = books_.listeners[static_cast<std::size_t>(ListenerId::replay)];
  listener.open = true;
  listener.lines += records;
  listener.accepted += records;
  books_.lanes[lane].accepted += records;
  for (std::size_t i = 0; i < books_.destinations.size(); ++i)
    if (books_.destinations[i].on && static_cast<DestinationId>(i) != books_.lanes[lane].destination)
      books_.destinations[i].left_out[number_of(LeftOut::replay)] += records;
}

void Ledger::letters_carried_in(std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  books_.dead_letters.carried_in += records;
}

void Ledger::carried_in(LaneId lane, std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  books_.lanes[lane].carried_in += records;
}

void Ledger::attach(CounterPage* page) {
  const std::lock_guard lock(mutex_);
  page_ = page;
  if (page_ != nullptr) copy_to_page();
}

void Ledger::hold_still(const std::function<void()>& work) {
  const std::lock_guard lock(mutex_);
  work();
}

void Ledger::copy_to_page() {
  for (std::size_t i = 0; i < books_.listeners.size(); ++i)
    if (books_.listeners[i].open) page_->open(static_cast<ListenerId>(i));
  for (std::size_t i = 0; i < books_.destinations.size(); ++i)
    if (books_.destinations[i].on) page_->open(static_cast<DestinationId>(i));
  for (std::size_t i = 0; i < books_.lanes.size(); ++i)
    page_->name_lane(static_cast<LaneId>(i), books_.lanes[i].destination, books_.lanes[i].name);
  std::vector<Movement> counted;
  layout::each_counter(books_.lanes.size(), [&](Movement movement) {
    movement.count = counter_of(books_, movement);
    if (movement.count != 0) counted.push_back(movement);
  });
  page_->add(counted);
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

std::vector<DestinationId> Ledger::destinations_on() const {
  const std::lock_guard lock(mutex_);
  std::vector<DestinationId> on;
  for (std::size_t i = 0; i < books_.destinations.size(); ++i)
    if (books_.destinations[i].on) on.push_back(static_cast<DestinationId>(i));
  return on;
}

bool Ledger::is_settled(LaneId lane) const {
  const std::lock_guard lock(mutex_);
  const LaneBooks& books = books_.lanes[lane];
  return books.carried_in + books.accepted == books.delivered + sum(books.dead) + sum(books.dropped);
}

Books Ledger::snapshot() const {
  const std::lock_guard lock(mutex_);
  return books_;
}

}  // namespace pannier::observe
