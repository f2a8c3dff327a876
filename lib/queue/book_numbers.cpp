#include "queue/book_numbers.h"

#include <algorithm>

namespace pannier::queue {
namespace {

constexpr std::string_view lane_owner = "lane ";

class Visiting {
 public:
  Visiting(std::string owner, const VisitNumber& visit) : owner_(std::move(owner)), visit_(visit) {}

  void one(std::string_view what, std::uint64_t& number) const { visit_({owner_, what, {}}, number); }
  template <typename Reason>
  void all(std::string_view what, observe::Counters<Reason>& counters) const {
    for (std::size_t i = 0; i < counters.size(); ++i)
      visit_({owner_, what, name(static_cast<Reason>(i))}, counters[i]);
  }
  void flag(std::string_view what, bool& flag) const {
    std::uint64_t number = flag ? 1 : 0;
    one(what, number);
    flag = number != 0;
  }
  void maybe(std::string_view what, std::optional<std::uint64_t>& number) const {
    std::uint64_t value = number.value_or(0);
    one(what, value);
    if (number || value != 0) number = value;
  }

 private:
  std::string owner_;
  const VisitNumber& visit_;
};

void each_of(observe::ListenerBooks& books, const Visiting& visit) {
  visit.flag("open", books.open);
  visit.one("lines", books.lines);
  visit.one("accepted", books.accepted);
  visit.one("unknown_fields", books.unknown_fields);
  visit.one("client_dropped", books.client_dropped);
  visit.all<Reject>("rejected", books.rejected);
  visit.all<Filter>("filtered", books.filtered);
  visit.all<Limit>("limit", books.limits);
  visit.maybe("kernel_dropped", books.kernel_dropped);
}

void each_of(observe::DestinationBooks& books, const Visiting& visit) {
  visit.flag("on", books.on);
  visit.all<LeftOut>("left_out", books.left_out);
  visit.one("texts_cut", books.texts_cut);
  visit.all<Guarded>("cardinality", books.cardinality);
  visit.one("offered", books.offered);
}

void each_of(observe::LaneBooks& books, const Visiting& visit) {
  visit.one("accepted", books.accepted);
  visit.one("delivered", books.delivered);
  visit.one("maybe_twice", books.maybe_twice);
  visit.one("requests", books.requests);
  visit.one("undurable", books.undurable);
  visit.one("lost_in_crash", books.lost_in_crash);
  visit.all<Dead>("dead", books.dead);
  visit.all<Drop>("dropped", books.dropped);
}

void each_of(observe::DeadLetterBooks& books, const Visiting& visit) {
  visit.one("stored", books.stored);
  visit.one("replayed", books.replayed);
  visit.all<Purge>("purged", books.purged);
}

observe::DestinationId destination_of(std::string_view lane) {
  const std::string_view first = lane.substr(0, lane.find('/'));
  const auto count = static_cast<std::size_t>(observe::DestinationId::count_);
  for (std::size_t i = 0; i < count; ++i)
    if (name(static_cast<observe::DestinationId>(i)) == first) return static_cast<observe::DestinationId>(i);
  return {};
}

}  // namespace

void each_number(observe::Books& books, const VisitNumber& visit) {
  for (std::size_t i = 0; i < books.listeners.size(); ++i) {
    std::string owner = "listener " + std::string(name(static_cast<observe::ListenerId>(i)));
    each_of(books.listeners[i], Visiting(std::move(owner), visit));
  }
  for (std::size_t i = 0; i < books.destinations.size(); ++i) {
    std::string owner = "destination " + std::string(name(static_cast<observe::DestinationId>(i)));
    each_of(books.destinations[i], Visiting(std::move(owner), visit));
  }
  for (observe::LaneBooks& lane : books.lanes) each_of(lane, Visiting(owner_of_lane(lane.name), visit));
  each_of(books.dead_letters, Visiting("dead_letters", visit));
}

std::string owner_of_lane(std::string_view lane) {
  return std::string(lane_owner).append(lane);
}

std::string_view lane_of_owner(std::string_view owner) {
  return owner.starts_with(lane_owner) ? owner.substr(lane_owner.size()) : std::string_view();
}

observe::LaneBooks& lane_named(observe::Books& books, std::string_view lane) {
  const auto has_name = [lane](const observe::LaneBooks& known) { return known.name == lane; };
  const auto known = std::find_if(books.lanes.begin(), books.lanes.end(), has_name);
  if (known != books.lanes.end()) return *known;
  observe::LaneBooks& made = books.lanes.emplace_back();
  made.name = lane;
  made.destination = destination_of(lane);
  return made;
}

}  // namespace pannier::queue
