// How the lanes share the memory, and what gives way when it is full.
#include "base/random.h"
#include "queue/rings.h"
#include "tests/queue/lanes.h"

namespace pannier::queue {
namespace {

// A guarantee of two segments, an eighth of 32.
const std::size_t memory = 256 * segment_cost;
constexpr std::size_t guaranteed_segments = 2;
constexpr std::size_t blocked_segments = 32;

TEST(RingsShareTest, HoldsNoMoreThanTheMemoryWhateverComes) {
  Lanes lanes(20 * segment_cost, 4);
  Random random(5);
  for (int i = 0; i < 3000; ++i) {
    const auto lane = static_cast<LaneId>(random.below(4));
    lanes.push(1 + random.below(50), 1 + random.below(random.below(20) == 0 ? 100'000 : 3000), lane);
    ASSERT_LE(lanes.rings.allocated(), lanes.rings.memory());
    if (random.below(3) == 0) lanes.take(static_cast<std::uint32_t>(random.below(100)), 1U << 20U, lane);
    if (random.below(20) == 0) lanes.taken.clear();
    if (random.below(50) == 0)
      lanes.rings.set_health(lane, random.below(2) == 0 ? LaneHealth::blocked : LaneHealth::healthy);
  }
  EXPECT_GT(lanes.dropped(), 0U);
  lanes.expect_balance();
}

TEST(RingsShareTest, CountsTakenBatchesAsMemoryUntilTheyAreLetGo) {
  Lanes lanes(10 * segment_cost);
  lanes.push(4, whole_segment);
  lanes.take(4);
  EXPECT_EQ(lanes.rings.allocated(), 4 * segment_cost);
  lanes.push(20, whole_segment);
  EXPECT_LE(lanes.rings.allocated(), lanes.rings.memory());
  EXPECT_EQ(lanes.held(), 3U) << "half of what the batches leave";
  lanes.taken.clear();
  EXPECT_EQ(lanes.rings.allocated(), 3 * segment_cost);
}

TEST(RingsShareTest, DropsTheNewestWhereTakenBatchesHoldAllMemory) {
  Lanes lanes(4 * segment_cost);
  for (int i = 0; i < 4; ++i) {
    lanes.push(1, whole_segment);
    lanes.take(1);
  }
  ASSERT_EQ(lanes.rings.allocated(), lanes.rings.memory());
  lanes.push(2, whole_segment);
  EXPECT_EQ(lanes.dropped(), 2U);
  EXPECT_EQ(lanes.held(), 0U);
  lanes.expect_balance();
}

TEST(RingsShareTest, EvictsTheOldestAndBooksExactlyThemAsDroppedFull) {
  Lanes lanes(8 * segment_cost);
  lanes.push(100, whole_segment);
  EXPECT_EQ(lanes.held(), 4U) << "a lane alone holds as much as is free";
  EXPECT_EQ(lanes.books().lanes[0].dropped[static_cast<std::size_t>(Drop::full)], 96U);
  EXPECT_EQ(lanes.dropped(), 96U);
  EXPECT_EQ(lanes.rings.pending(0).records, 4U);
  EXPECT_EQ(lanes.rings.pending(0).bytes, 4 * whole_segment);
  EXPECT_EQ(lanes.take(100), numbers(96, 100));
  lanes.expect_balance();
}

TEST(RingsShareTest, EvictsOnlyWhatWasNotTakenOfASegment) {
  Lanes lanes(2 * segment_cost);
  lanes.push(10, 100);
  lanes.take(4);
  lanes.taken.clear();
  lanes.push(1, whole_segment);
  EXPECT_EQ(lanes.dropped(), 6U);
  EXPECT_EQ(lanes.take(10), numbers(10, 11));
  lanes.expect_balance();
}

TEST(RingsShareTest, ALaneGrowsUntilItHoldsAsMuchAsIsFree) {
  Lanes lanes(memory, 2);
  lanes.push(1000, whole_segment, 0);
  EXPECT_EQ(lanes.held(0), 128U);
  lanes.push(1000, whole_segment, 1);
  EXPECT_EQ(lanes.held(1), 64U);
  EXPECT_EQ(lanes.held(0), 128U) << "its neighbour took nothing of it";
}

TEST(RingsShareTest, EachLaneHoldsItsGuaranteeHoweverGreedyItsNeighboursAre) {
  constexpr std::size_t count = 40;
  Lanes lanes(memory, count);
  for (LaneId lane = 0; lane < count; ++lane) lanes.push(200, whole_segment, lane);
  for (LaneId lane = 0; lane < count; ++lane)
    EXPECT_GE(lanes.held(lane), guaranteed_segments) << "lane " << lane;
  EXPECT_LE(lanes.rings.allocated(), memory);
  lanes.expect_balance();
}

TEST(RingsShareTest, ANewcomersGuaranteeIsTakenFromTheLargest) {
  constexpr std::size_t greedy = 12;
  Lanes lanes(memory, greedy + 1);
  for (LaneId lane = 0; lane < greedy; ++lane) lanes.push(200, whole_segment, lane);
  const std::uint64_t largest_before = lanes.held(0), small_before = lanes.held(6);
  for (int i = 0; i < 50; ++i) lanes.push(1, whole_segment, greedy);
  EXPECT_EQ(lanes.held(greedy), guaranteed_segments);
  EXPECT_LT(lanes.held(0), largest_before);
  EXPECT_EQ(lanes.held(6), small_before);
  lanes.expect_balance();
}

TEST(RingsShareTest, ABlockedLaneHoldsAnEighthAtMost) {
  Lanes lanes(memory);
  lanes.rings.set_health(0, LaneHealth::blocked);
  lanes.push(1000, whole_segment);
  EXPECT_EQ(lanes.held(), blocked_segments);
  EXPECT_EQ(lanes.take(1), numbers(1000 - blocked_segments, 1001 - blocked_segments));
}

TEST(RingsShareTest, AFailingLaneKeepsItsWholeShare) {
  Lanes lanes(memory);
  lanes.rings.set_health(0, LaneHealth::failing);
  lanes.push(1000, whole_segment);
  EXPECT_EQ(lanes.held(), 128U);
}

TEST(RingsShareTest, AnOversizedFragmentGoesThroughWhole) {
  Lanes lanes;
  const std::string large = "large;" + std::string(5 * whole_segment, 'x');
  Read read;
  read.add("before;").add(large).add("after;");
  lanes.push(read);
  EXPECT_EQ(lanes.rings.pending(0).bytes, read.bytes.size());
  std::vector<Slice> slices;
  lanes.rings.take(0, 100, 1U << 30U, slices);
  std::string taken;
  for (const Slice& slice : slices) taken += slice.bytes();
  EXPECT_EQ(taken, read.bytes);
}

TEST(RingsShareTest, AnOversizedFragmentCountsWithItsWholeSize) {
  Lanes lanes;
  lanes.push(1, 10 * whole_segment);
  EXPECT_GE(lanes.rings.allocated(), 10 * whole_segment);
}

TEST(RingsShareTest, AFragmentThatCanNeverFitIsDroppedAlone) {
  Lanes lanes(4 * segment_cost);
  lanes.push(1, 10);
  Read read;
  read.add("1;", 10).add("2;", 8 * whole_segment).add("3;", 10);
  lanes.push(read);
  lanes.expect_balance();
  EXPECT_EQ(lanes.dropped(), 1U);
  EXPECT_EQ(lanes.held(), 3U);
  EXPECT_EQ(lanes.take(10), (std::vector<std::string>{"0", "1", "3"}));
}

}  // namespace
}  // namespace pannier::queue
