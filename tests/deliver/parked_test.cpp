#include "deliver/parked.h"

#include <gtest/gtest.h>

#include "tests/deliver/batches.h"

namespace pannier::deliver {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime noon{12h};

Attempt attempt(BatchId id) {
  Attempt attempt;
  attempt.batch = make_batch({{"a", "b"}});
  attempt.batch.id = id;
  return attempt;
}
Attempt suspect(BatchId id, SteadyTime failed_at) {
  Attempt made = attempt(id);
  made.server_errors = 1;
  made.failed_at = failed_at;
  return made;
}
Attempt part(BatchId id) {
  Attempt made = attempt(id);
  made.isolating = true;
  return made;
}
Attempt refused(BatchId id) {
  Attempt made = attempt(id);
  made.wants_isolation = true;
  return made;
}

BatchId id_of(const std::optional<Attempt>& attempt) {
  return attempt ? attempt->batch.id : 0;
}

TEST(ParkedTest, CountsWhatItHolds) {
  Parked parked;
  EXPECT_TRUE(parked.empty());
  parked.add_last(attempt(1));
  parked.add_last(attempt(2));
  EXPECT_EQ(parked.size(), 2U);
  EXPECT_EQ(parked.records(), 4U);
  EXPECT_EQ(parked.bytes(), 4U);
  EXPECT_EQ(id_of(parked.any()), 1U);
  EXPECT_EQ(parked.records(), 2U);
  EXPECT_EQ(parked.take_all().size(), 1U);
  EXPECT_TRUE(parked.empty());
}

TEST(ParkedTest, GivesTheOldestFirst) {
  Parked parked;
  parked.add_last(attempt(2));
  parked.add_last(attempt(3));
  parked.add_first(attempt(1));
  for (const BatchId expected : {1U, 2U, 3U, 0U}) EXPECT_EQ(id_of(parked.next(noon, false)), expected);
}

TEST(ParkedTest, PartsOfARefusedBatchGoBeforeEverythingElse) {
  Parked parked;
  parked.add_last(attempt(1));
  parked.add_last(part(2));
  EXPECT_TRUE(parked.is_isolating());
  EXPECT_EQ(id_of(parked.next(noon, true)), 2U);
  EXPECT_FALSE(parked.is_isolating());
}

TEST(ParkedTest, AnotherRefusedBatchWaitsWhileOneIsBeingIsolated) {
  Parked parked;
  parked.add_last(refused(1));
  parked.add_last(attempt(2));
  EXPECT_EQ(id_of(parked.next(noon, true)), 2U);
  EXPECT_EQ(id_of(parked.next(noon, true)), 0U);
  EXPECT_EQ(id_of(parked.next(noon, false)), 1U);
}

TEST(ParkedTest, WhatWasRefusedWholeIsNeverSentWholeAgain) {
  Parked parked;
  parked.add_last(refused(1));
  EXPECT_EQ(id_of(parked.any()), 0U);
}

TEST(ParkedTest, ABatchThatFailedWithA500WaitsUntilAnotherOneThatWasSentLaterGotThrough) {
  Parked parked;
  parked.add_last(suspect(1, noon));
  EXPECT_EQ(id_of(parked.next(noon - 1s, false)), 0U);
  EXPECT_EQ(id_of(parked.next(noon, false)), 1U);
}

TEST(ParkedTest, WhereThereIsNothingElseTheSuspectIsTriedAgain) {
  Parked parked;
  parked.add_last(suspect(1, noon));
  EXPECT_EQ(id_of(parked.next(noon - 1s, false)), 0U);
  EXPECT_EQ(id_of(parked.any()), 1U);
}

TEST(ParkedTest, MarksTheSiblingThatMustHoldTheBadRecord) {
  Parked parked;
  parked.add_last(part(1));
  parked.add_last(part(2));
  parked.mark_known_bad(2);
  parked.mark_known_bad(77);
  EXPECT_FALSE(parked.next(noon, false)->known_bad);
  EXPECT_TRUE(parked.next(noon, false)->known_bad);
}

}  // namespace
}  // namespace pannier::deliver
