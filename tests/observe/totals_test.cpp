#include "observe/totals.h"

#include <gtest/gtest.h>

namespace pannier::observe {
namespace {

template <typename Id>
std::size_t at(Id id) {
  return static_cast<std::size_t>(id);
}

LaneBooks lane(std::string name, std::uint64_t accepted, std::uint64_t delivered) {
  LaneBooks books;
  books.name = std::move(name);
  books.destination = DestinationId::malti;
  books.accepted = accepted;
  books.delivered = delivered;
  return books;
}

Books with(std::vector<LaneBooks> lanes) {
  Books books;
  std::uint64_t accepted = 0;
  for (const LaneBooks& one : lanes) accepted += one.accepted;
  ListenerBooks& udp = books.listeners[at(ListenerId::udp)];
  udp.open = true;
  udp.lines = udp.accepted = accepted;
  books.destinations[at(DestinationId::malti)].on = true;
  books.lanes = std::move(lanes);
  return books;
}

// Ten of orders and five of users came; two of orders were lost in a crash, three are held on disk.
Books at_start() {
  Books totals = with({lane("malti/orders", 10, 5), lane("malti/users", 5, 5)});
  totals.destinations[at(DestinationId::malti)].offered = 15;
  totals.lanes[0].lost_in_crash = 2;
  return totals;
}

// The three that were held are delivered, and four new ones of a new lane came.
Books this_run() {
  Books run = with({lane("malti/new", 4, 3), lane("malti/orders", 0, 3)});
  run.lanes[0].held.memory = 1;
  run.lanes[1].carried_in = 3;
  return run;
}

TEST(TotalsTest, AreThoseAtStartAndThisRun) {
  const Books total = sum_of(at_start(), this_run());
  ASSERT_EQ(total.lanes.size(), 3U);
  EXPECT_EQ(total.lanes[0].name, "malti/orders");
  EXPECT_EQ(total.lanes[0].accepted, 10U);
  EXPECT_EQ(total.lanes[0].delivered, 8U);
  EXPECT_EQ(total.lanes[0].lost_in_crash, 2U);
  EXPECT_EQ(total.lanes[0].carried_in, 0U) << "it was accepted once, by a run before";
  EXPECT_EQ(total.lanes[1].name, "malti/users");
  EXPECT_EQ(total.lanes[2].name, "malti/new");
  EXPECT_EQ(total.lanes[2].held.memory, 1U);
  EXPECT_EQ(total.listeners[at(ListenerId::udp)].lines, 19U);
  EXPECT_EQ(imbalances_of_totals(total), std::vector<std::string>{});
}

TEST(TotalsTest, DoNotBalanceWithOneRecordTooManyOrTooFew) {
  const Books total = sum_of(at_start(), this_run());
  for (std::size_t i = 0; i < total.lanes.size(); ++i)
    for (std::uint64_t LaneBooks::* member :
         {&LaneBooks::accepted, &LaneBooks::delivered, &LaneBooks::lost_in_crash}) {
      Books wrong = total;
      ++(wrong.lanes[i].*member);
      EXPECT_FALSE(imbalances_of_totals(wrong).empty()) << i;
    }
  Books wrong = total;
  wrong.lanes[0].lost_in_crash = 0;
  EXPECT_EQ(imbalances_of_totals(wrong),
            std::vector<std::string>{"totals: malti/orders: accepted = 10, but delivered + dead + dropped + "
                                     "held + lost_in_crash = 8"});
}

TEST(TotalsTest, AskADestinationOnlyForWhatCameWhileItWasOn) {
  Books run = this_run();
  run.destinations[at(DestinationId::local)].on = true;
  LaneBooks local = lane("local", 4, 4);
  local.destination = DestinationId::local;
  run.lanes.push_back(local);
  const Books total = sum_of(at_start(), run);
  EXPECT_EQ(total.destinations[at(DestinationId::local)].offered, 4U);
  EXPECT_EQ(total.destinations[at(DestinationId::malti)].offered, 19U);
  EXPECT_EQ(imbalances_of_totals(total), std::vector<std::string>{});
  EXPECT_EQ(imbalances_of_totals(sum_of(total, Books())),
            std::vector<std::string>{
                "totals: malti/new: accepted = 4, but delivered + dead + dropped + held + lost_in_crash = 3"})
      << "with both off, only what was in memory is missing";
}

TEST(TotalsTest, AddUpEveryCounter) {
  Books run = with({lane("malti/a", 3, 1)});
  run.listeners[0].rejected[1] = run.listeners[0].filtered[0] = run.listeners[0].limits[2] = 1;
  run.listeners[0].unknown_fields = run.listeners[0].client_dropped = 1;
  run.destinations[0].left_out[3] = run.destinations[0].texts_cut = run.destinations[0].cardinality[1] = 1;
  run.lanes[0].dead[2] = run.lanes[0].dropped[1] = 1;
  run.lanes[0].maybe_twice = run.lanes[0].requests = run.lanes[0].undurable = 1;
  run.dead_letters.purged[0] = run.dead_letters.replayed = 1;
  const Books total = sum_of(sum_of(Books(), run), run);
  EXPECT_EQ(total.listeners[0].rejected[1] + total.listeners[0].filtered[0] + total.listeners[0].limits[2],
            6U);
  EXPECT_EQ(total.listeners[0].unknown_fields + total.listeners[0].client_dropped, 4U);
  EXPECT_EQ(total.destinations[0].left_out[3] + total.destinations[0].texts_cut +
                total.destinations[0].cardinality[1],
            6U);
  EXPECT_EQ(total.lanes[0].dead[2] + total.lanes[0].dropped[1], 4U);
  EXPECT_EQ(total.lanes[0].maybe_twice + total.lanes[0].requests + total.lanes[0].undurable, 6U);
  EXPECT_EQ(total.dead_letters.purged[0] + total.dead_letters.replayed, 4U);
}

}  // namespace
}  // namespace pannier::observe
