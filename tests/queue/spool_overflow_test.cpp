// Mode overflow: the disk is for what memory can't hold, and gives back what it was given.
#include "tests/queue/spool_bench.h"

namespace pannier::queue {
namespace {

const std::size_t memory = 64 * segment_cost;

TEST(SpoolOverflowTest, AHealthyLaneThatKeepsUpNeverTouchesTheDisk) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  for (int i = 0; i < 1000; ++i) {
    bench.push(100, 600);
    bench.work();
    bench.take(100);
    bench.finish();
    bench.advance(10ms);
  }
  EXPECT_EQ(bench.transactions, 0);
  EXPECT_EQ(bench.books().lanes[0].delivered, 100'000U);
}

TEST(SpoolOverflowTest, AFailingLaneSpillsItsOldestAndDropsNothing) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bench.rings.set_health(0, LaneHealth::failing);
  for (int i = 0; i < 500; ++i) {
    bench.push(1, whole_segment);
    bench.work();
    ASSERT_LE(bench.rings.allocated(), memory / 4) << "memory is bounded whatever the backlog";
  }
  EXPECT_EQ(bench.dropped(Drop::full), 0U);
  EXPECT_GT(bench.held().spool, 480U);
  EXPECT_EQ(bench.held().spool + bench.held().memory, 500U);
  EXPECT_EQ(bench.take(1).front(), std::to_string(500 - bench.held().memory - 1))
      << "what stays in memory is the newest";
}

TEST(SpoolOverflowTest, AHealthyLaneThatIsTooSlowSpillsToo) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bench.push(200, whole_segment);
  bench.work();
  const auto before = bench.dropped(Drop::full);
  for (int i = 0; i < 200; ++i) {
    bench.push(1, whole_segment);
    bench.work();
  }
  EXPECT_EQ(bench.dropped(Drop::full), before) << "only a single read beyond the memory may be too much";
  EXPECT_GT(bench.held().spool, 100U);
}

// Soak, seed 5: a key was refused while the lane held more than a blocked one may.
TEST(SpoolOverflowTest, WhatALaneHeldBeforeItWasBlockedGoesToTheDisk) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bench.push(20, whole_segment);
  bench.rings.set_health(0, LaneHealth::blocked);
  bench.push(1, whole_segment);
  bench.work();
  EXPECT_EQ(bench.dropped(Drop::full), 0U);
  EXPECT_EQ(bench.held().spool + bench.held().memory, 21U);
  EXPECT_LE(bench.rings.allocated(), memory / 8);
}

TEST(SpoolOverflowTest, WhatWasSpilledComesBackOldestFirstAndOnce) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bench.rings.set_health(0, LaneHealth::blocked);
  for (int i = 0; i < 300; ++i) {
    bench.push(1, whole_segment);
    bench.work();
  }
  bench.rings.set_health(0, LaneHealth::healthy);
  std::vector<std::string> got;
  for (int turns = 0; turns < 1000 && got.size() < 300; ++turns) {
    bench.advance(10ms);
    for (auto& number : bench.take_backlog(3)) got.push_back(number);
    if (bench.held().spool == 0)
      for (auto& number : bench.take(3)) got.push_back(number);
    if (turns % 3 == 0) bench.finish();
  }
  bench.finish();
  bench.advance(1s);
  EXPECT_EQ(got, numbers(0, 300));
  EXPECT_TRUE(bench.store.rows().empty()) << "what was delivered is gone from the disk";
  EXPECT_EQ(bench.books().lanes[0].delivered, 300U);
}

TEST(SpoolOverflowTest, RecordsOfAnEarlierRunTellTheirSizeOnceTheyAreReadBack) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  LoadedRow row;
  row.row = 1;
  row.segment = bench.rings.pool().make_filled("aabbbbb", std::vector<std::uint32_t>{2, 7});
  row.records = 2;
  row.left = {{1, 2}};
  std::vector<LaneId> woken;
  bench.rings.loaded(0, {.rows = {row}, .up_to = 1}, woken);
  const observe::Books books = bench.rings.snapshot();
  EXPECT_EQ(books.lanes[0].lately, 1U);
  EXPECT_EQ(books.lanes[0].lately_bytes, 5U) << "of what is left of the row";
}

TEST(SpoolOverflowTest, FreshRecordsAreTakenWhileABacklogWaits) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bench.rings.set_health(0, LaneHealth::blocked);
  for (int i = 0; i < 300; ++i) {
    bench.push(1, whole_segment);
    bench.work();
  }
  bench.rings.set_health(0, LaneHealth::healthy);
  bench.work();
  const Pending pending = bench.rings.pending(0);
  EXPECT_GT(pending.backlog, 0U);
  EXPECT_GT(pending.records, 0U);
  EXPECT_FALSE(bench.take(1).empty());
}

TEST(SpoolOverflowTest, ADiskThatFailsLeavesAllInMemoryAndIsTriedAgain) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bool works = false;
  bench.store.on_access([&]() -> std::optional<Error> {
    if (works) return std::nullopt;
    return Error{ErrorCode::io, "no disk"};
  });
  bench.rings.set_health(0, LaneHealth::failing);
  for (int i = 0; i < 10; ++i) {
    bench.push(1, whole_segment);
    bench.work();
  }
  EXPECT_EQ(bench.core.trouble(), "no disk");
  EXPECT_EQ(bench.held().memory, 10U);
  EXPECT_EQ(bench.take(3), numbers(0, 3)) << "it can be sent from memory meanwhile";
  bench.finish();
  works = true;
  bench.advance(40s);
  EXPECT_EQ(bench.core.trouble(), "");
  EXPECT_GT(bench.held().spool, 0U);
  EXPECT_EQ(bench.dropped(Drop::full), 0U);
}

TEST(SpoolOverflowTest, AFlushPutsAllOnDiskAndKeepsItToBeSent) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bench.push(700, 100);
  bench.take(50);
  bench.core.flush();
  bench.work();
  EXPECT_EQ(bench.held().memory, 0U);
  EXPECT_EQ(bench.held().spool, 650U);
  EXPECT_TRUE(bench.rings.is_safe(0));
  EXPECT_EQ(bench.take(1000), numbers(50, 700));
  bench.finish();
  bench.advance(1s);
  EXPECT_TRUE(bench.store.rows().empty());
  EXPECT_EQ(bench.store.totals().lanes.at(0).delivered, 650U);
}

TEST(SpoolOverflowTest, ABatchThatIsPutBackIsOnDiskWithItsMark) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bench.push(20);
  bench.take(8);
  Slice slice = bench.taken[0].second;
  slice.attempts = 3;
  slice.maybe_sent = true;
  bench.core.put_back({0, 7, {slice}});
  bench.work();
  ASSERT_EQ(bench.saved.size(), 1U);
  EXPECT_EQ(bench.saved[0].batch, 7U);
  ASSERT_EQ(bench.saved[0].rows.size(), 1U);
  const ModelStore::Row& row = bench.store.rows().at(bench.saved[0].rows[0].id);
  EXPECT_TRUE(row.maybe_sent);
  EXPECT_EQ(row.attempts, 3U);
  EXPECT_EQ(row.arrived, SpoolBench::arrival);
  EXPECT_EQ(row.left(), 8U);
  bench.taken[0].second.row = bench.saved[0].rows[0];
  bench.finish();
  bench.advance(1s);
  EXPECT_TRUE(bench.store.rows().empty());
}

TEST(SpoolOverflowTest, ABatchThatIsPutBackFindsOutAtOnceWhetherTheDiskIsWellAgain) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bool works = false;
  bench.store.on_access([&]() -> std::optional<Error> {
    if (works) return std::nullopt;
    return Error{ErrorCode::io, "no disk"};
  });
  bench.push(20);
  bench.core.flush();
  bench.work();
  ASSERT_EQ(bench.core.trouble(), "no disk");
  bench.take(8);
  bench.core.put_back({0, 7, {bench.taken[0].second}});
  bench.work();
  ASSERT_EQ(bench.saved.size(), 1U) << "its lane would wait for the answer";
  EXPECT_TRUE(bench.saved[0].rows.empty());
  works = true;
  bench.core.put_back({0, 8, {bench.taken[0].second}});
  bench.work();
  ASSERT_EQ(bench.saved.size(), 2U);
  EXPECT_EQ(bench.saved[1].rows.size(), 1U);
  EXPECT_EQ(bench.held().memory, 0U) << "the flush that failed is made up for";
}

TEST(SpoolOverflowTest, AFullSpoolLosesTheOldestOfTheLaneThatHasMost) {
  SpoolOptions options = spool_of(SpoolMode::overflow);
  options.bytes = 16U << 20U;
  SpoolBench bench(options, memory, 2);
  for (LaneId lane = 0; lane < 2; ++lane) bench.rings.set_health(lane, LaneHealth::blocked);
  for (int i = 0; i < 30; ++i) {
    bench.push(1, whole_segment, 1);
    bench.work();
  }
  for (int i = 0; i < 600; ++i) {
    bench.push(1, whole_segment, 0);
    bench.work();
    ASSERT_LE(bench.store.used_bytes(), options.bytes);
  }
  EXPECT_GT(bench.dropped(Drop::full, 0), 300U);
  EXPECT_EQ(bench.dropped(Drop::full, 1), 0U);
  EXPECT_EQ(bench.store.totals().lanes.at(0).dropped[0], bench.dropped(Drop::full, 0));
  EXPECT_EQ(bench.held(0).spool, bench.store.records_of("malti/0"));
}

TEST(SpoolOverflowTest, RefusingKeepsAllThatIsOnDiskAndAsksStreamsToPause) {
  SpoolOptions options = spool_of(SpoolMode::overflow, WhenFull::refuse);
  options.bytes = 16U << 20U;
  SpoolBench bench(options, memory);
  bench.rings.set_health(0, LaneHealth::blocked);
  bool pause = false;
  while (!pause && bench.pushed < 600) {
    pause = bench.push(1, whole_segment).pause;
    bench.work();
    ASSERT_TRUE(!pause || bench.core.is_full()) << "while the disk takes what comes nobody needs to wait";
  }
  EXPECT_TRUE(pause);
  EXPECT_EQ(bench.dropped(Drop::full), 0U);
  EXPECT_TRUE(bench.core.is_full());
  const std::uint64_t held = bench.held().spool + bench.held().memory;
  EXPECT_EQ(held, bench.pushed);
  bench.rings.set_health(0, LaneHealth::healthy);
  bench.work();
  while (!bench.take_backlog(50).empty() && bench.pushed > 0) {
    bench.finish();
    bench.advance(1s);
  }
  EXPECT_FALSE(bench.core.is_full()) << "what was delivered made room";
}

TEST(SpoolOverflowTest, ADamagedRowIsDroppedAlone) {
  SpoolBench bench(spool_of(SpoolMode::overflow), memory);
  bench.rings.set_health(0, LaneHealth::blocked);
  for (int i = 0; i < 100; ++i) {
    bench.push(2, whole_segment / 2);
    bench.work();
  }
  const std::uint64_t spooled = bench.held().spool;
  bench.store.damage(std::next(bench.store.rows().begin(), 3)->first);
  bench.rings.set_health(0, LaneHealth::healthy);
  std::uint64_t got = 0;
  for (int i = 0; i < 200; ++i) {
    bench.advance(100ms);
    got += bench.take_backlog(10).size();
    bench.finish();
  }
  bench.advance(1s);
  EXPECT_EQ(bench.dropped(Drop::corrupt), 2U);
  EXPECT_EQ(got, spooled - 2);
  EXPECT_TRUE(bench.store.rows().empty());
  EXPECT_EQ(bench.store.totals().lanes.at(0).dropped[static_cast<std::size_t>(Drop::corrupt)], 2U);
}

}  // namespace
}  // namespace pannier::queue
