// A disk without room, as the core sees it: rows go from it at once, and whether one can be put there is
// tried every now and then.
#include "tests/queue/spool_bench.h"

namespace pannier::queue {
namespace {

struct FullDisk : SpoolBench {
  FullDisk() : SpoolBench(spool_of(SpoolMode::overflow)) {
    push(10);
    core.flush();
    work();
    push(5);
    is_full = true;
    core.flush();
    work_on_it();
  }
  void work_on_it() {
    for (int i = 0; i < 100; ++i) {
      SpoolCore::Work next = core.next(now);
      if (!next.writes()) return;
      const bool puts = !next.transaction.puts.empty() || next.transaction.is_trial;
      trials += puts ? 1 : 0;
      const Result<Applied> full = Error{ErrorCode::limit, "full"};
      const auto applied = puts && is_full ? full : store.apply(next.transaction);
      SpoolCore::Outcome outcome;
      core.done(std::move(next), applied, store.used_bytes(), now, outcome);
      check();
    }
    ADD_FAILURE() << "never comes to rest";
  }
  void pass(Duration time) {
    now += time;
    work_on_it();
  }
  bool is_full = false;
  int trials = 0;
};

TEST(SpoolFullDiskTest, RowsGoAtOnceAndItStaysKnownAsFull) {
  FullDisk bench;
  ASSERT_EQ(bench.core.trouble(), "full");
  ASSERT_FALSE(bench.store.rows().empty());
  bench.take(10);
  bench.finish();
  bench.pass(SpoolCore::gather);
  EXPECT_TRUE(bench.store.rows().empty()) << "the ends waited for the disk to be well";
  EXPECT_EQ(bench.core.trouble(), "full") << "no row was put there since";
}

TEST(SpoolFullDiskTest, APutIsTriedEachFiveSecondsAtLeastAndSeldom) {
  FullDisk bench;
  bench.trials = 0;
  for (int tenth = 0; tenth < 600; ++tenth) bench.pass(100ms);
  EXPECT_GE(bench.trials, 60 / 5);
  EXPECT_LE(bench.trials, 60 / 5 + 4);
}

TEST(SpoolFullDiskTest, RoomIsSeenWhenNothingIsToBeWritten) {
  FullDisk bench;
  bench.take(10);
  bench.take(5);
  bench.finish();
  bench.pass(SpoolCore::gather);
  bench.is_full = false;
  bench.pass(SpoolCore::longest_full);
  EXPECT_EQ(bench.core.trouble(), "");
  EXPECT_FALSE(bench.core.wake_at());
}

TEST(SpoolFullDiskTest, WhatWaitedIsPutOnceThereIsRoom) {
  FullDisk bench;
  bench.is_full = false;
  bench.pass(SpoolCore::longest_full);
  EXPECT_EQ(bench.core.trouble(), "");
  EXPECT_EQ(bench.held().spool, 15U);
}

}  // namespace
}  // namespace pannier::queue
