// Where each counter lies on a counter page: one flat list of numbers, first those of listeners and
// destinations, then those of each lane. Users: counter_page.cpp, ledger.cpp. Threads: pure functions.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "observe/ledger.h"

namespace pannier::observe::layout {

enum class Owner : std::uint8_t { nobody, listener, destination, lane };

struct Block {
  Owner owner = Owner::nobody;  // nobody: the account is the spool's
  std::size_t size = 0;         // a number for each reason
};

constexpr Block block_of(Account account) {
  switch (account) {
    case Account::lines:
    case Account::accepted:
    case Account::unknown_fields:
    case Account::client_dropped: return {Owner::listener, 1};
    case Account::rejected: return {Owner::listener, count_of<Reject>};
    case Account::filtered: return {Owner::listener, count_of<Filter>};
    case Account::limit: return {Owner::listener, count_of<Limit>};
    case Account::left_out: return {Owner::destination, count_of<LeftOut>};
    case Account::texts_cut: return {Owner::destination, 1};
    case Account::cardinality: return {Owner::destination, count_of<Guarded>};
    case Account::lane_accepted:
    case Account::delivered:
    case Account::maybe_twice:
    case Account::requests:
    case Account::undurable: return {Owner::lane, 1};
    case Account::dropped: return {Owner::lane, count_of<Drop>};
    case Account::stored_delivered:
    case Account::stored_dropped:
    case Account::dead:
    case Account::died_unstored:
    case Account::replayed:
    case Account::purged: return {};
  }
  return {};
}

inline constexpr std::size_t accounts = static_cast<std::size_t>(Account::purged) + 1;
inline constexpr std::size_t listeners = static_cast<std::size_t>(ListenerId::count_);
inline constexpr std::size_t destinations = static_cast<std::size_t>(DestinationId::count_);

// Whether it is open or on comes before the counters of a listener or destination.
constexpr std::size_t first_of(Owner owner) {
  return owner == Owner::listener || owner == Owner::destination ? 1 : 0;
}

// Where an account begins among its owner's; with `accounts`, how many the owner has.
constexpr std::size_t offset_of(Owner owner, std::size_t account) {
  std::size_t offset = first_of(owner);
  for (std::size_t i = 0; i < account; ++i)
    if (const Block block = block_of(static_cast<Account>(i)); block.owner == owner) offset += block.size;
  return offset;
}

inline constexpr std::size_t of_listener = offset_of(Owner::listener, accounts);
inline constexpr std::size_t of_destination = offset_of(Owner::destination, accounts);
inline constexpr std::size_t of_lane = offset_of(Owner::lane, accounts);

inline constexpr std::size_t first_destination = listeners * of_listener;
inline constexpr std::size_t first_lane = first_destination + destinations * of_destination;

constexpr std::size_t counters(std::size_t lanes) {
  return first_lane + lanes * of_lane;
}

constexpr std::size_t open_flag(ListenerId listener) {
  return static_cast<std::size_t>(listener) * of_listener;
}
constexpr std::size_t open_flag(DestinationId destination) {
  return first_destination + static_cast<std::size_t>(destination) * of_destination;
}

struct Row {
  std::size_t first = 0, stride = 0, offset = 0;
  bool is_of_lane = false;
};
inline constexpr std::array<std::optional<Row>, accounts> rows = [] {
  std::array<std::optional<Row>, accounts> all;
  for (std::size_t i = 0; i < accounts; ++i) {
    const Owner owner = block_of(static_cast<Account>(i)).owner;
    const std::size_t offset = offset_of(owner, i);
    if (owner == Owner::listener) all[i] = Row{0, of_listener, offset};
    if (owner == Owner::destination) all[i] = Row{first_destination, of_destination, offset};
    if (owner == Owner::lane) all[i] = Row{first_lane, of_lane, offset, true};
  }
  return all;
}();

// None: it is not for the page.
constexpr std::optional<std::size_t> position(const Movement& movement) {
  const std::optional<Row>& row = rows[static_cast<std::size_t>(movement.account)];
  if (!row) return std::nullopt;
  return row->first + movement.index * row->stride + row->offset + movement.reason;
}

// Calls visit(movement without a count) for each counter of a page with so many lanes.
template <typename Visit>
void each_counter(std::size_t lanes, Visit visit) {
  for (std::size_t i = 0; i < accounts; ++i) {
    const Block block = block_of(static_cast<Account>(i));
    const std::array<std::size_t, 4> owners{0, listeners, destinations, lanes};
    for (std::size_t index = 0; index < owners[static_cast<std::size_t>(block.owner)]; ++index)
      for (std::size_t reason = 0; reason < block.size; ++reason)
        visit(Movement{static_cast<Account>(i), static_cast<std::uint8_t>(reason),
                       static_cast<std::uint16_t>(index), 0});
  }
}

// Changes whenever a page of this program would be misread by another one.
std::uint64_t hash();

}  // namespace pannier::observe::layout
