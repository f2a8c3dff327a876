// Mode always: nothing is sent or said to be accounted for before it is on disk.
#include "tests/queue/spool_bench.h"

namespace pannier::queue {
namespace {

const std::size_t memory = 64 * segment_cost;

TEST(SpoolAlwaysTest, NothingIsTakenOrAccountedForBeforeItIsOnDisk) {
  SpoolBench bench(spool_of(SpoolMode::always), memory);
  const Pushed pushed = bench.push(10);
  EXPECT_LT(bench.rings.accounted(), pushed.ticket);
  EXPECT_TRUE(bench.take(10).empty());
  bench.work();
  EXPECT_EQ(bench.rings.accounted(), pushed.ticket);
  EXPECT_EQ(bench.held().spool, 10U);
  EXPECT_EQ(bench.take(10), numbers(0, 10)) << "from memory, though it is on disk";
}

TEST(SpoolAlwaysTest, CommitsAtOnceWhenIdleAndGathersFor50msElse) {
  SpoolBench bench(spool_of(SpoolMode::always), memory);
  bench.push(1);
  bench.work();
  EXPECT_EQ(bench.transactions, 1);
  for (int i = 0; i < 49; ++i) {
    bench.push(1);
    bench.advance(1ms);
  }
  EXPECT_EQ(bench.transactions, 1);
  bench.advance(1ms);
  EXPECT_EQ(bench.transactions, 2);
  EXPECT_EQ(bench.take(100).size(), 50U);
}

TEST(SpoolAlwaysTest, DeliveredRecordsLeaveTheDiskInOneTransactionWithTheNextOnes) {
  SpoolBench bench(spool_of(SpoolMode::always), memory);
  bench.push(10);
  bench.work();
  bench.take(4);
  bench.finish();
  bench.advance(50ms);
  ASSERT_EQ(bench.store.rows().size(), 1U);
  EXPECT_EQ(bench.store.rows().begin()->second.left(), 6U) << "a part that is finished is known to be";
  bench.take(6);
  bench.finish();
  bench.push(3);
  bench.advance(50ms);
  EXPECT_EQ(bench.transactions, 3);
  EXPECT_EQ(bench.store.records_of("malti/0"), 3U);
  EXPECT_EQ(bench.store.totals().lanes.at(0).delivered, 10U);
}

TEST(SpoolAlwaysTest, MemoryThatRunsOutForgetsWhatIsOnDiskAndReadsItBackOnce) {
  SpoolBench bench(spool_of(SpoolMode::always), memory);
  bench.rings.set_health(0, LaneHealth::failing);
  for (int i = 0; i < 200; ++i) {
    bench.push(1, whole_segment);
    bench.advance(50ms);
    ASSERT_LE(bench.rings.allocated(), memory);
  }
  EXPECT_EQ(bench.dropped(Drop::full), 0U);
  EXPECT_EQ(bench.held().spool, 200U);
  bench.rings.set_health(0, LaneHealth::healthy);
  std::vector<std::string> got;
  for (int turn = 0; turn < 1000 && got.size() < 200; ++turn) {
    // Fresh and backlog take turns, and more is pushed out of memory meanwhile.
    for (auto& number : turn % 2 == 0 ? bench.take_backlog(2) : bench.take(1)) got.push_back(number);
    if (turn % 7 == 0) bench.finish();
    bench.advance(50ms);
  }
  bench.finish();
  bench.advance(1s);
  std::ranges::sort(got, {}, [](const std::string& number) { return std::stoul(number); });
  EXPECT_EQ(got, numbers(0, 200));
  EXPECT_TRUE(bench.store.rows().empty());
}

TEST(SpoolAlwaysTest, WhileTheDiskFailsRecordsAreSentCountedAndAccountedForOnceFinished) {
  SpoolBench bench(spool_of(SpoolMode::always), memory);
  bool works = false;
  bench.store.on_access([&]() -> std::optional<Error> {
    if (works) return std::nullopt;
    return Error{ErrorCode::limit, "disk full"};
  });
  const Pushed first = bench.push(10);
  bench.work();
  EXPECT_EQ(bench.books().lanes[0].undurable, 10U);
  EXPECT_LT(bench.rings.accounted(), first.ticket);
  EXPECT_EQ(bench.take(10), numbers(0, 10));
  EXPECT_LT(bench.rings.accounted(), first.ticket) << "taken is not finished";
  const Pushed second = bench.push(5);
  EXPECT_EQ(bench.books().lanes[0].undurable, 15U);
  bench.finish();
  EXPECT_EQ(bench.rings.accounted(), first.ticket);
  works = true;
  bench.advance(40s);
  EXPECT_EQ(bench.rings.accounted(), second.ticket) << "the rest is on disk now";
  EXPECT_EQ(bench.store.records_of("malti/0"), 5U);
  bench.push(1);
  bench.advance(1s);
  EXPECT_EQ(bench.books().lanes[0].undurable, 15U);
}

TEST(SpoolAlwaysTest, ALaneThatIsHardlyUsedHoldsLittleMemory) {
  SpoolBench bench(spool_of(SpoolMode::always), memory);
  for (int i = 0; i < 600; ++i) {
    bench.push(1, 200);
    bench.advance(50ms);
  }
  EXPECT_EQ(bench.held().spool, 600U);
  EXPECT_LT(bench.rings.allocated(), 600 * 1000U);
}

TEST(SpoolAlwaysTest, AFullSpoolLosesTheOldestEvenIfMemoryStillHoldsIt) {
  SpoolOptions options = spool_of(SpoolMode::always);
  options.bytes = 16U << 20U;
  SpoolBench bench(options, 4096 * segment_cost);
  for (int i = 0; i < 400; ++i) {
    bench.push(1, whole_segment);
    bench.advance(50ms);
    ASSERT_LE(bench.store.used_bytes(), options.bytes);
  }
  EXPECT_GT(bench.dropped(Drop::full), 200U);
  EXPECT_EQ(bench.held().spool, bench.store.records_of("malti/0"));
  EXPECT_EQ(bench.take(1000).back(), "399");
}

// A batch that was taken in part lies at the front as long as its backend fails.
TEST(SpoolAlwaysTest, APartThatIsOutKeepsNothingElseFromGivingWay) {
  SpoolOptions options = spool_of(SpoolMode::always);
  options.bytes = 16U << 20U;
  SpoolBench bench(options, memory);
  bench.push(10);
  bench.work();
  EXPECT_EQ(bench.take(5), numbers(0, 5));
  bench.rings.set_health(0, LaneHealth::failing);
  for (int i = 0; i < 600; ++i) {
    bench.push(1, whole_segment);
    bench.advance(50ms);
    ASSERT_LE(bench.store.used_bytes(), options.bytes);
  }
  EXPECT_GT(bench.dropped(Drop::full), 300U);
  bench.finish();
  bench.rings.set_health(0, LaneHealth::healthy);
  for (int i = 0; i < 1000 && bench.held().spool > 0; ++i) {
    bench.take(100);
    bench.take_backlog(100);
    bench.finish();
    bench.advance(50ms);
  }
  EXPECT_EQ(bench.held().spool, 0U) << "what was younger is read back";
}

TEST(SpoolAlwaysTest, WhatIsOnDiskIsNoReasonToPauseStreams) {
  SpoolBench bench(spool_of(SpoolMode::always, WhenFull::refuse), memory);
  bench.rings.set_health(0, LaneHealth::failing);
  for (int i = 0; i < 200; ++i) {
    EXPECT_FALSE(bench.push(1, whole_segment).pause) << i;
    bench.advance(50ms);
  }
  EXPECT_EQ(bench.dropped(Drop::full), 0U);
}

}  // namespace
}  // namespace pannier::queue
