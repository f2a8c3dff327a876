// Every number of the books that is kept over runs, with the name under which it is kept: names and not
// enumeration numbers, so that an upgrade reads what its predecessor wrote. Not among them: what is held or
// carried in, senders, shapes. Users: fold.h, TotalsTable, the tests. Threads: pure functions.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "observe/ledger.h"

namespace pannier::queue {

struct NumberName {
  std::string_view owner;   // "listener udp", "destination malti", "lane malti/orders", "dead_letters"
  std::string_view what;    // "rejected"
  std::string_view reason;  // "json"; empty where there is none
};

using VisitNumber = std::function<void(const NumberName&, std::uint64_t& number)>;

// What the visitor writes into a number is in the books afterwards.
void each_number(observe::Books& books, const VisitNumber& visit);

// The name under which a lane's numbers are kept, and back: empty where the owner is no lane.
std::string owner_of_lane(std::string_view lane);
std::string_view lane_of_owner(std::string_view owner);

// The books' lane of this name; made where there is none, with the destination that its name begins with.
observe::LaneBooks& lane_named(observe::Books& books, std::string_view lane);

}  // namespace pannier::queue
