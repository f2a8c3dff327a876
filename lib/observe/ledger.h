// The ledger: where every record is, in counters that must balance at any moment (DESIGN.md section 4).
// Rooms report movements, one call a read or batch event; this is the only place where a number changes.
// Threads: any; one mutex. Cost: a lock and a few additions a call.
#pragma once
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/reasons.h"
#include "observe/ids.h"

namespace pannier::observe {

enum class Account : std::uint8_t {
  // of a listener; `index` is a ListenerId
  lines,
  accepted,
  rejected,
  filtered,
  unknown_fields,
  client_dropped,
  limit,
  // of a destination; `index` is a DestinationId
  left_out,
  texts_cut,
  cardinality,
  // of a lane; `index` is a LaneId
  lane_accepted,
  delivered,
  dropped,
  maybe_twice,
  requests,
  undurable,
  // of a lane too, but the spool's own: they change in its transactions, not on the counter page
  stored_delivered,
  stored_dropped,
  dead,
  died_unstored,  // in the spool's books only: of these, records that were on no disk before
  replayed,       // from the dead letters it enters its lane through the listener `replay`
  // of the dead letters, the spool's own too; no index
  purged,
};

struct Movement {
  Account account{};
  std::uint8_t reason = 0;  // of the account's enumeration in base/reasons.h
  std::uint16_t index = 0;
  std::uint64_t count = 0;
};

template <typename Reason>
using Counters = std::array<std::uint64_t, count_of<Reason>>;

struct SenderBooks {
  std::uint64_t lines = 0, client_dropped = 0;
};

struct ListenerBooks {
  bool open = false;
  std::uint64_t lines = 0, accepted = 0, unknown_fields = 0, client_dropped = 0;
  Counters<Reject> rejected{};
  Counters<Filter> filtered{};
  Counters<Limit> limits{};
  std::optional<std::uint64_t> kernel_dropped;              // none: nobody can count it here
  std::array<std::string, count_of<Reject>> rejected_last;  // shapes only
  std::map<uid_t, SenderBooks> senders;                     // the first 256; later ones are in other_senders
  SenderBooks other_senders;
};

struct DestinationBooks {
  bool on = false;
  Counters<LeftOut> left_out{};
  std::uint64_t texts_cut = 0;
  Counters<Guarded> cardinality{};  // became (other)
  std::uint64_t offered = 0;        // of totals and pages only: accepted by all listeners while it was on
};

// Counted by those who hold, never by subtraction.
struct Held {
  std::uint64_t memory = 0, spool = 0, in_flight = 0;
  std::uint64_t in_flight_stored = 0;  // those in flight that are on disk too
};

struct LaneBooks {
  std::string name;  // "malti/orders"
  DestinationId destination{};
  std::uint64_t carried_in = 0, accepted = 0, delivered = 0, maybe_twice = 0, requests = 0;
  std::uint64_t undurable = 0;      // taken although the spool could not commit, in mode always
  std::uint64_t lost_in_crash = 0;  // of totals only
  Counters<Dead> dead{};
  Counters<Drop> dropped{};
  Held held;
  std::uint64_t lately = 0, lately_bytes = 0;  // records that came lately, for their mean size: in no sum
};

struct DeadLetterBooks {
  std::uint64_t carried_in = 0, stored = 0, replayed = 0;
  Counters<Purge> purged{};
};

struct Books {
  std::array<ListenerBooks, static_cast<std::size_t>(ListenerId::count_)> listeners;
  std::array<DestinationBooks, static_cast<std::size_t>(DestinationId::count_)> destinations;
  std::vector<LaneBooks> lanes;
  DeadLetterBooks dead_letters;
};

// Where a movement is counted.
std::uint64_t& counter_of(Books& books, const Movement& movement);

std::string_view name(ListenerId listener);
std::string_view name(DestinationId destination);

template <std::size_t N>
std::uint64_t sum(const std::array<std::uint64_t, N>& counters) {
  std::uint64_t total = 0;
  for (const std::uint64_t counter : counters) total += counter;
  return total;
}

// One sentence for each sum that does not balance; none is the only good answer.
std::vector<std::string> imbalances(const Books& books);

class CounterPage;

class Ledger {
 public:
  void open(ListenerId listener);
  void open(DestinationId destination);
  LaneId add_lane(DestinationId destination, std::string name);

  // From now on all is on the page too, as far as it belongs there; what was counted so far is put there.
  // None: there is no page any more. REQUIRES: nothing of the spool's own was counted yet, and it outlives
  // the ledger or is detached.
  void attach(CounterPage* page);
  // Nothing is counted meanwhile.
  void hold_still(const std::function<void()>& work);
  // What the spool holds of a lane at start.
  void carried_in(LaneId lane, std::uint64_t records);
  void letters_carried_in(std::uint64_t records);

  void apply(std::span<const Movement> movements);
  void sender(ListenerId listener, uid_t uid, std::uint64_t lines, std::uint64_t client_dropped);
  void rejected_last(ListenerId listener, Reject reason, std::string shape);

  [[nodiscard]] std::vector<DestinationId> destinations_on() const;
  // All that came into it has come to its end.
  [[nodiscard]] bool is_settled(LaneId lane) const;

  // All but what is held and dropped by the kernel: their holders fill that in.
  [[nodiscard]] Books snapshot() const;

 private:
  void apply_one(const Movement& movement);
  void replay(LaneId lane, std::uint64_t records);
  void copy_to_page();
  mutable std::mutex mutex_;
  Books books_;                  // guarded by mutex_
  CounterPage* page_ = nullptr;  // guarded by mutex_
};

}  // namespace pannier::observe
