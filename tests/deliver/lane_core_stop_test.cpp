// How a lane ends: all that can be sent until the deadline is, the rest is counted.
#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

TEST(LaneCoreStopTest, SendsWhatWaitsAtOnceAndIsFinishedWhenAllIsAnswered) {
  LaneBench bench(small_lane(2));
  bench.push(3);
  bench.tell(Stop{bench.now + 10s});
  EXPECT_EQ(bench.sent(), range(0, 3));
  EXPECT_FALSE(bench.core.finished());
  bench.answer(delivered());
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.finishes, 1);
  EXPECT_EQ(bench.account().delivered, 3U);
}

TEST(LaneCoreStopTest, AnEmptyLaneIsFinishedAtOnce) {
  LaneBench bench;
  bench.tell(Stop{bench.now + 10s});
  EXPECT_EQ(bench.finishes, 1);
}

TEST(LaneCoreStopTest, KeepsTryingUntilTheDeadlineThenDropsTheRest) {
  LaneBench bench;
  bench.push(30);
  bench.answer(delivered());
  const SteadyTime deadline = bench.now + 10s;
  bench.tell(Stop{deadline});
  bench.serve([](const Numbers&) { return back_off(); }, deadline - bench.now - 1ms);
  EXPECT_FALSE(bench.core.finished());
  EXPECT_GT(bench.sends, 3);
  bench.advance(deadline - bench.now);
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 20U);
  EXPECT_EQ(bench.account().delivered, 10U);
}

TEST(LaneCoreStopTest, WhatIsOpenAtTheDeadlineIsDroppedOnceWhateverItsAnswerSaysLater) {
  LaneBench bench;
  bench.push(10);
  bench.tell(Stop{bench.now + 10s});
  bench.advance(10s);
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 10U);
  bench.tell(Answered{bench.open[0], delivered()});
  EXPECT_EQ(bench.account().delivered, 0U);
  EXPECT_EQ(bench.finishes, 1);
}

TEST(LaneCoreStopTest, TriesAtOnceEvenIfItWasBackingOff) {
  LaneBench bench;
  bench.push(10);
  bench.answer(back_off(30min));
  bench.tell(Stop{bench.now + 10s});
  EXPECT_EQ(bench.sent(), range(0, 10));
}

TEST(LaneCoreStopTest, ASecondStopWithoutSendingEndsAtOnce) {
  LaneBench bench;
  bench.push(30);
  bench.tell(Stop{bench.now + 10s});
  EXPECT_FALSE(bench.core.finished());
  bench.tell(Stop{bench.now + 10s, false});
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 30U);
}

TEST(LaneCoreStopTest, WithASpoolWhatIsTakenAfterTheEndBeganIsPutOnDiskWhileItIsSent) {
  LaneBench bench(small_lane(), true, 0, 64U << 20U, queue::SpoolMode::overflow);
  bench.push(20);
  bench.tell(Stop{bench.now + 10s, true, bench.now + 3s});
  ASSERT_EQ(bench.saving.size(), 1U);
  bench.tell(SavedBatch{bench.open[0], {{1, 0, 10}}});
  bench.saving.clear();
  bench.answer(delivered());
  ASSERT_EQ(bench.sent(), range(10, 20)) << "the spool was not quicker";
  ASSERT_EQ(bench.saving.size(), 1U);
  const queue::PutBack& batch = bench.saving[0];
  ASSERT_EQ(batch.slices.size(), 1U);
  EXPECT_TRUE(batch.slices[0].maybe_sent);
  bench.tell(SavedBatch{batch.batch, {{2, batch.slices[0].first, batch.slices[0].records()}}});
  bench.advance(10s);
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 0U);
  EXPECT_EQ(bench.account().held.spool, 10U);
}

TEST(LaneCoreStopTest, WithoutAKeyItDropsAtOnce) {
  LaneBench bench(small_lane(), false);
  bench.push(30);
  bench.tell(Stop{bench.now + 10s});
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.sends, 0);
  EXPECT_EQ(bench.dropped(Drop::shutdown), 30U);
}

TEST(LaneCoreStopTest, ABlockedLaneProbesOnceMoreAndDoesNotHoldUpTheEnd) {
  LaneBench bench;
  bench.push(30);
  bench.answer(judged(Verdict::blocked));
  bench.tell(Stop{bench.now + 10s});
  EXPECT_EQ(bench.open.size(), 1U);
  bench.answer(judged(Verdict::blocked));
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 30U);
}

TEST(LaneCoreStopTest, ABlockedLaneThatIsCuredInTimeGivesAllAway) {
  LaneBench bench;
  bench.push(30);
  bench.answer(judged(Verdict::blocked));
  bench.tell(Stop{bench.now + 10s});
  bench.serve([](const Numbers&) { return delivered(); });
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.account().delivered, 30U);
}

TEST(LaneCoreStopTest, StillFindsThePoisonOnTheWayOut) {
  LaneBench bench;
  bench.push(10);
  bench.tell(Stop{bench.now + 10s});
  bench.serve([](const Numbers& batch) {
    return std::ranges::find(batch, 6U) == batch.end() ? delivered() : judged(Verdict::isolate);
  });
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.account().delivered, 9U);
  EXPECT_EQ(bench.dead(Dead::refused), 1U);
}

TEST(LaneCoreStopTest, SendsNothingAfterItIsFinished) {
  LaneBench bench;
  bench.push(10);
  bench.tell(Stop{bench.now + 10s});
  bench.answer(delivered());
  ASSERT_TRUE(bench.core.finished());
  const int sends = bench.sends;
  bench.tell(Woken{});
  bench.tell(KeyChanged{true});
  bench.tell(Reconfigured{small_lane()});
  bench.tell(Stop{bench.now + 10s});
  bench.advance(1h);
  EXPECT_EQ(bench.sends, sends);
  EXPECT_EQ(bench.finishes, 1);
  EXPECT_EQ(bench.timer, std::nullopt);
}

}  // namespace
}  // namespace pannier::deliver
