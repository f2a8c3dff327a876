#include "queue/fold.h"

#include <gtest/gtest.h>

#include <set>

#include "observe/totals.h"
#include "queue/book_numbers.h"

namespace pannier::queue {
namespace {

using observe::Books;
using observe::LaneBooks;

LaneBooks& add_lane(Books& books, std::string_view name, std::uint64_t accepted, std::uint64_t delivered) {
  LaneBooks& lane = lane_named(books, name);
  lane.accepted = accepted;
  lane.delivered = delivered;
  return lane;
}

// A run that took `accepted` records for one lane and delivered some of them from memory.
Books run_of(std::uint64_t accepted, std::uint64_t delivered) {
  Books run;
  run.listeners[0].open = true;
  run.listeners[0].lines = run.listeners[0].accepted = accepted;
  run.destinations[0].on = true;
  add_lane(run, "malti/orders", accepted, delivered);
  return run;
}

// Totals balance with what the spool holds.
void expect_balance(Books totals, std::uint64_t held = 0) {
  for (LaneBooks& lane : totals.lanes)
    if (lane.name == "malti/orders") lane.held.spool += held;
  for (const std::string& wrong : observe::imbalances_of_totals(totals)) ADD_FAILURE() << wrong;
}

TEST(FoldTest, NothingIsLostWhereAllThatWasAcceptedIsFinishedOrPut) {
  const Folded folded = fold({}, run_of(100, 60), {{"malti/orders", 40}});
  EXPECT_EQ(folded.lost, 0U);
  ASSERT_EQ(folded.totals.lanes.size(), 1U);
  EXPECT_EQ(folded.totals.lanes[0].accepted, 100U);
  EXPECT_EQ(folded.totals.lanes[0].delivered, 60U);
  EXPECT_EQ(folded.totals.lanes[0].lost_in_crash, 0U);
  expect_balance(folded.totals, 40);
}

TEST(FoldTest, WhatWasNeitherFinishedNorPutIsLost) {
  Books run = run_of(100, 60);
  run.lanes[0].dropped[1] = 2;
  const Folded folded = fold({}, run, {{"malti/orders", 10}});
  EXPECT_EQ(folded.lost, 28U);
  EXPECT_EQ(folded.totals.lanes[0].lost_in_crash, 28U);
  expect_balance(folded.totals, 10);
}

TEST(FoldTest, EachLaneLosesItsOwn) {
  Books run = run_of(100, 60);
  add_lane(run, "malti/users", 30, 30);
  add_lane(run, "malti/carts", 7, 0);
  run.listeners[0].lines = run.listeners[0].accepted = 137;
  const Folded folded = fold({}, run, {{"malti/orders", 40}, {"malti/users", 0}});
  EXPECT_EQ(folded.lost, 7U);
  EXPECT_EQ(folded.totals.lanes[2].lost_in_crash, 7U);
  expect_balance(folded.totals, 40);
}

TEST(FoldTest, AnOlderPageIsRaisedToWhatTheSpoolKnows) {
  const Folded folded = fold({}, run_of(100, 60), {{"malti/orders", 50}});
  EXPECT_EQ(folded.lost, 0U) << "never below zero";
  EXPECT_EQ(folded.totals.lanes[0].accepted, 110U);
  expect_balance(folded.totals, 50);
}

TEST(FoldTest, WithoutAPageTheSpoolsRecordsAreAcceptedAllTheSame) {
  const Folded folded = fold({}, Books{}, {{"multiplayer", 50}, {"malti/users", 0}});
  EXPECT_EQ(folded.lost, 0U);
  ASSERT_EQ(folded.totals.lanes.size(), 1U) << "a lane that put nothing is none of this run's";
  EXPECT_EQ(folded.totals.lanes[0].accepted, 50U);
  EXPECT_EQ(folded.totals.lanes[0].destination, observe::DestinationId::multiplayer);
}

TEST(FoldTest, RunsAddUpByTheNamesOfTheirLanesWhateverTheirOrder) {
  Books first = run_of(10, 10);
  add_lane(first, "malti/users", 5, 4);
  Books second;
  add_lane(second, "malti/users", 7, 5);
  add_lane(second, "malti/orders", 20, 20);
  const Folded folded = fold(fold({}, first, {}).totals, second, {});
  EXPECT_EQ(folded.lost, 2U) << "of the last run";
  Books totals = folded.totals;
  ASSERT_EQ(totals.lanes.size(), 2U);
  EXPECT_EQ(lane_named(totals, "malti/orders").accepted, 30U);
  EXPECT_EQ(lane_named(totals, "malti/users").delivered, 9U);
  EXPECT_EQ(lane_named(totals, "malti/users").lost_in_crash, 3U);
}

TEST(FoldTest, ADestinationThatWasOffForARunOwesNothingOfThatRun) {
  Books with_local = run_of(5, 5);
  with_local.destinations[1].on = true;
  with_local.destinations[1].left_out[0] = 5;
  for (observe::DestinationBooks& destination : with_local.destinations)
    destination.offered = destination.on ? 5 : 0;
  const Books totals = fold(fold({}, run_of(100, 100), {}).totals, with_local, {}).totals;
  EXPECT_EQ(totals.destinations[0].offered, 105U);
  EXPECT_EQ(totals.destinations[1].offered, 5U);
  expect_balance(totals);
}

TEST(FoldTest, EveryNumberOfTheBooksIsAdded) {
  Books run = run_of(0, 0);
  run.listeners[2].kernel_dropped = 0;
  std::uint64_t next = 1;
  std::set<std::string> names;
  each_number(run, [&](const NumberName& name, std::uint64_t& number) {
    names.insert(std::string(name.owner).append(name.what).append("/").append(name.reason));
    if (name.what != "open" && name.what != "on") number = next;
    ++next;
  });
  EXPECT_EQ(names.size(), next - 1) << "no two have one name";
  run.lanes[0].accepted = 1'000'000;
  const Books twice = fold(fold({}, run, {}).totals, run, {}).totals;
  std::vector<std::uint64_t> once_numbers, twice_numbers;
  Books once = fold({}, run, {}).totals, both = twice;
  each_number(once, [&](const NumberName&, std::uint64_t& number) { once_numbers.push_back(number); });
  each_number(both, [&](const NumberName& name, std::uint64_t& number) {
    const bool is_flag = name.what == "open" || name.what == "on";
    EXPECT_EQ(number, once_numbers[twice_numbers.size()] * (is_flag ? 1 : 2)) << name.owner << name.what;
    twice_numbers.push_back(number);
  });
  EXPECT_EQ(twice_numbers.size(), next - 1);
}

TEST(BookNumbersTest, WhatNobodyCanCountStaysUnknown) {
  Books run = run_of(1, 1);
  run.listeners[0].kernel_dropped = 3;
  const Books totals = fold({}, run, {}).totals;
  EXPECT_EQ(totals.listeners[0].kernel_dropped, 3U);
  EXPECT_FALSE(totals.listeners[1].kernel_dropped);
}

}  // namespace
}  // namespace pannier::queue
