#include "queue/rings.h"

#include "base/random.h"
#include "tests/queue/lanes.h"

namespace pannier::queue {
namespace {

TEST(RingsTest, GivesBackEachLanesRecordsInTheOrderInWhichTheyCame) {
  Lanes lanes(64 << 20, 2);
  for (int i = 0; i < 30; ++i) {
    lanes.push(100, 50 + static_cast<std::size_t>(i), 0);
    lanes.push(70, 200, 1);
  }
  EXPECT_EQ(lanes.take(10'000, 1 << 30, 0), numbers(0, 3000));
  EXPECT_EQ(lanes.take(10'000, 1 << 30, 1), numbers(0, 2100));
  lanes.expect_balance();
}

TEST(RingsTest, KeepsTheBoundariesOfFragmentsOfAnySize) {
  Lanes lanes;
  Random random(1);
  std::vector<std::string> pushed;
  for (int i = 0; i < 200; ++i) {
    Read read;
    for (std::uint64_t left = 1 + random.below(40); left > 0; --left) {
      pushed.push_back(std::to_string(pushed.size()) + std::string(1 + random.below(3000), 'x'));
      read.add(pushed.back());
    }
    lanes.push(read);
  }
  std::vector<std::string> taken;
  while (lanes.rings.pending(0).records > 0) {
    std::vector<Slice> slices;
    lanes.rings.take(0, 1 + static_cast<std::uint32_t>(random.below(90)), 1 + random.below(100'000), slices);
    for (const Slice& slice : slices)
      for (std::uint32_t i = slice.first; i < slice.last; ++i)
        taken.emplace_back(slice.segment->bytes(i, i + 1));
  }
  EXPECT_EQ(taken, pushed);
}

TEST(RingsTest, TakesAtMostSoManyRecords) {
  Lanes lanes;
  lanes.push(10);
  EXPECT_EQ(lanes.take(3), numbers(0, 3));
  EXPECT_EQ(lanes.take(3), numbers(3, 6));
  EXPECT_EQ(lanes.take(100), numbers(6, 10));
  EXPECT_TRUE(lanes.take(100).empty());
}

TEST(RingsTest, TakesAtMostSoManyBytesOfFragments) {
  Lanes lanes;
  lanes.push(10, 100);
  EXPECT_EQ(lanes.take(100, 299), numbers(0, 2));
  EXPECT_EQ(lanes.take(100, 300), numbers(2, 5));
}

TEST(RingsTest, TakesAtMostSoManyBytesOverSeveralSegments) {
  Lanes lanes;
  lanes.push(20, whole_segment / 4);
  EXPECT_EQ(lanes.take(100, whole_segment * 2 + 10), numbers(0, 8));
  EXPECT_EQ(lanes.take(100, whole_segment * 3), numbers(8, 20));
}

TEST(RingsTest, TakesOneRecordAtLeastHoweverLargeItIs) {
  Lanes lanes;
  lanes.push(3, 5000);
  EXPECT_EQ(lanes.take(100, 1), numbers(0, 1));
  EXPECT_EQ(lanes.take(100, 0), numbers(1, 2));
  EXPECT_TRUE(lanes.take(0).empty());
}

TEST(RingsTest, KnowsHowLargeRecordsAreLatelyEvenWhenNoneIsHeld) {
  Lanes lanes;
  const auto mean = [&] {
    const observe::LaneBooks lane = lanes.books().lanes[0];
    return lane.lately == 0 ? 0 : lane.lately_bytes / lane.lately;
  };
  EXPECT_EQ(mean(), 0U);
  const auto pass = [&](int reads, std::size_t size) {
    for (int i = 0; i < reads; ++i) {
      lanes.push(1000, size);
      lanes.take(1000);
    }
  };
  pass(20, 300);
  EXPECT_EQ(mean(), 300U);
  pass(200, 50);
  EXPECT_EQ(mean(), 50U) << "what was long ago counts no more";
  lanes.expect_balance();
}

TEST(RingsTest, CountsWhatWaitsInRecordsAndBytesOfFragments) {
  Lanes lanes;
  EXPECT_EQ(lanes.rings.pending(0).records, 0U);
  lanes.push(10, 100);
  lanes.push(5, 20);
  EXPECT_EQ(lanes.rings.pending(0).records, 15U);
  EXPECT_EQ(lanes.rings.pending(0).bytes, 1100U);
  lanes.take(12);
  EXPECT_EQ(lanes.rings.pending(0).records, 3U);
  EXPECT_EQ(lanes.rings.pending(0).bytes, 60U);
  EXPECT_EQ(lanes.held(), 3U);
}

TEST(RingsTest, WhatWasTakenIsNeverEvictedAndStaysAsItWas) {
  Lanes lanes(8 * segment_cost);
  lanes.push(6, 100);
  std::vector<Slice> batch;
  lanes.rings.take(0, 3, 1 << 20, batch);
  lanes.in_flight[0] = 3;
  lanes.push(100, whole_segment);
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(number_of(batch[0].segment->bytes(0, 1)), "0");
  EXPECT_EQ(number_of(batch[0].segment->bytes(2, 3)), "2");
  lanes.expect_balance();
}

TEST(RingsTest, NothingIsAppendedToASegmentOfWhichSomethingWasTaken) {
  Lanes lanes;
  lanes.push(6, 100);
  lanes.take(3);
  lanes.push(6, 100);
  EXPECT_EQ(lanes.taken[0].segment->records(), 6U);
  EXPECT_EQ(lanes.take(100), numbers(3, 12));
}

TEST(RingsTest, ALaneThatGaveUpAllMayHoldItsWholeShareAgain) {
  Lanes lanes(16 * segment_cost);
  lanes.push(8, whole_segment);
  lanes.rings.drop_all(0, Drop::shutdown);
  lanes.push(8, whole_segment);
  EXPECT_EQ(lanes.held(), 8U);
}

TEST(RingsTest, GivesUpAllThatWaitsForTheReasonThatIsNamed) {
  Lanes lanes(64 << 20, 2);
  lanes.push(1000, 500, 0);
  lanes.push(7, 500, 1);
  lanes.take(10);
  lanes.rings.drop_all(0, Drop::shutdown);
  EXPECT_EQ(lanes.books().lanes[0].dropped[static_cast<std::size_t>(Drop::shutdown)], 990U);
  EXPECT_EQ(lanes.rings.pending(0).records, 0U);
  EXPECT_EQ(lanes.held(1), 7U) << "the neighbour keeps its records";
  lanes.taken.clear();
  EXPECT_EQ(lanes.rings.allocated(), segment_cost) << "its memory came back";
  lanes.expect_balance();
}

TEST(RingsTest, BooksARefusedShareOfAReadBeforeAnybodyCanSeeIt) {
  Lanes lanes(4 * segment_cost, 2);
  Read first, second;
  first.add("0;", whole_segment).add("1;", whole_segment);
  second.add("0;", 20);
  const std::vector<Staged> read{{0, first.bytes, first.ends}, {1, second.bytes, second.ends}};
  const std::vector<observe::Movement> movements{{observe::Account::lines, 0, 0, 3},
                                                 {observe::Account::accepted, 0, 0, 3},
                                                 {observe::Account::lane_accepted, 0, 0, 2},
                                                 {observe::Account::lane_accepted, 0, 1, 1}};
  lanes.rings.push(read, movements, {}, lanes.woken);
  lanes.expect_balance();
  EXPECT_EQ(lanes.books().lanes[0].accepted, 2U);
  EXPECT_EQ(lanes.books().lanes[1].accepted, 1U);
}

}  // namespace
}  // namespace pannier::queue
