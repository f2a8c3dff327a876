// When a healthy lane sends what.
#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

// Beats at 30 s, 60 s, … after the start.
TEST(LaneCoreSendingTest, AFullBatchGoesAtOnce) {
  LaneBench bench;
  bench.push(9);
  EXPECT_TRUE(bench.open.empty());
  bench.push(1);
  EXPECT_EQ(bench.sent(), range(0, 10));
}

TEST(LaneCoreSendingTest, FullBatchesOfABusyLaneAreGatheredForATenthOfASecond) {
  LaneBench bench(small_lane(4));
  bench.push(10);
  bench.answer(delivered());
  for (int i = 0; i < 3; ++i) {
    bench.advance(30ms);
    bench.push(10);
  }
  EXPECT_TRUE(bench.open.empty());
  bench.advance(10ms);
  EXPECT_EQ(bench.open.size(), 3);
}

TEST(LaneCoreSendingTest, EightFullBatchesOfABusyLaneGoAtOnce) {
  LaneBench bench(small_lane(8));
  for (int i = 0; i < 8; ++i) {
    bench.push(10);
    bench.answer(delivered());
    bench.advance(100ms);
  }
  bench.push(10);
  bench.answer(delivered());
  bench.push(79);
  EXPECT_TRUE(bench.open.empty());
  bench.push(1);
  EXPECT_EQ(bench.open.size(), 8);
}

TEST(LaneCoreSendingTest, ALaneThatWasQuietForATenthOfASecondSendsAFullBatchAtOnceAgain) {
  LaneBench bench;
  bench.push(10);
  bench.answer(delivered());
  bench.advance(100ms);
  bench.push(10);
  EXPECT_EQ(bench.sent(), range(10, 20));
}

TEST(LaneCoreSendingTest, ABatchIsFullByBytesToo) {
  LaneOptions options = small_lane();
  options.batch.bytes = 1000;
  LaneBench bench(options);
  bench.push(4, 200);
  EXPECT_TRUE(bench.open.empty());
  bench.push(2, 200);
  EXPECT_EQ(bench.sent(), range(0, 5));
}

TEST(LaneCoreSendingTest, TheFirstRecordOfAQuietLaneGoesWithinASecond) {
  for (const Duration quiet : {Duration(0s), Duration(1ms), Duration(499ms), Duration(3s), Duration(11s)}) {
    LaneBench bench;
    bench.advance(quiet);
    bench.push(1);
    bench.advance(1s);
    EXPECT_EQ(bench.sent(), range(0, 1)) << quiet.count();
  }
}

TEST(LaneCoreSendingTest, ARecordThatComesRightAfterABatchGoesWithinASecondToo) {
  for (const Duration later : {Duration(1ms), Duration(250ms), Duration(499ms), Duration(501ms)}) {
    LaneBench bench;
    bench.push(10);
    bench.answer(delivered());
    bench.advance(later);
    bench.push(1);
    bench.advance(1s);
    EXPECT_EQ(bench.sent(), range(10, 11)) << later.count();
  }
}

TEST(LaneCoreSendingTest, AfterThreeQuickOnesTheNextWaitsForTheBeat) {
  LaneBench bench;
  const SteadyTime start = bench.now;
  for (int i = 0; i < 3; ++i) {
    bench.push(1);
    bench.advance(2s);
    bench.answer(delivered());
  }
  bench.push(1);
  bench.advance(start + 30s - 1ms - bench.now);
  EXPECT_TRUE(bench.open.empty());
  bench.advance(1ms);
  EXPECT_EQ(bench.sent(), range(3, 4));
}

TEST(LaneCoreSendingTest, ThePhaseShiftsTheBeat) {
  LaneBench bench(small_lane(), true, 0.5);
  const SteadyTime start = bench.now;
  for (int i = 0; i < 3; ++i) {
    bench.push(1);
    bench.advance(2s);
    bench.answer(delivered());
  }
  bench.push(1);
  bench.advance(start + 15s - 1ms - bench.now);
  EXPECT_TRUE(bench.open.empty());
  bench.advance(1ms);
  EXPECT_EQ(bench.open.size(), 1U);
}

TEST(LaneCoreSendingTest, WhatAFullBatchLeavesBehindGoesWithinASecond) {
  LaneBench bench(small_lane(2));
  bench.push(13);
  ASSERT_EQ(bench.sent(0), range(0, 10));
  bench.advance(1s);
  ASSERT_EQ(bench.open.size(), 2U);
  EXPECT_EQ(bench.sent(1), range(10, 13));
}

TEST(LaneCoreSendingTest, FullBatchesUseAllConnectionsAndNoMore) {
  LaneBench bench(small_lane(3));
  bench.push(45);
  EXPECT_EQ(bench.open.size(), 3U);
  bench.advance(10min);
  EXPECT_EQ(bench.open.size(), 3U);
  bench.answer(delivered());
  EXPECT_EQ(bench.open.size(), 3U);
}

// The lane may hold about 20 segments, so the mark is at 4; a record fills a segment.
TEST(LaneCoreSendingTest, AtTheHighMarkItSendsAtOnceOnAllConnections) {
  LaneOptions options = small_lane(2, 30);
  options.batch.bytes = 8U << 20U;
  options.batch.high_mark = 0.2;
  LaneBench bench(options, true, 0, 40 * queue::SegmentPool::cost(1));
  bench.push(2, 64 * 1024);
  EXPECT_TRUE(bench.open.empty()) << "neither full nor high";
  bench.push(6, 64 * 1024);
  ASSERT_EQ(bench.open.size(), 1U) << "not full, but high";
  EXPECT_EQ(bench.sent(0), range(0, 8));
  bench.push(8, 64 * 1024);
  ASSERT_EQ(bench.open.size(), 2U);
  EXPECT_EQ(bench.sent(1), range(8, 16));
}

TEST(LaneCoreSendingTest, ItHoldsAtMostABatchForEachConnectionOutsideTheRing) {
  LaneOptions options = small_lane(2, 1000);
  options.batch.bytes = 1000;
  LaneBench bench(options);
  bench.push(100, 300);
  Random random(4);
  for (int i = 0; i < 200; ++i) {
    const std::size_t taken = bench.core.view().parked * 300 + bench.core.view().in_flight * 300;
    ASSERT_LE(taken, 2000U + 300U);
    if (!bench.open.empty()) bench.answer(random.below(2) == 0 ? judged(Verdict::server_error) : back_off());
    bench.advance(10s);
  }
}

TEST(LaneCoreSendingTest, AReloadChangesTheBatchSizeForWhatWaits) {
  LaneBench bench;
  bench.push(5);
  EXPECT_TRUE(bench.open.empty());
  bench.tell(Reconfigured{small_lane(1, 5)});
  EXPECT_EQ(bench.sent(), range(0, 5));
}

TEST(LaneCoreSendingTest, AnIdleLaneDoesNotWakeUp) {
  LaneBench bench;
  bench.push(10);
  bench.answer(delivered());
  bench.advance(2s);
  EXPECT_EQ(bench.timer, std::nullopt);
}

}  // namespace
}  // namespace pannier::deliver
