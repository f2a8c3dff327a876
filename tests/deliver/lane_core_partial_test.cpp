// A batch that was delivered in part, and one that must be sent again as it is.
#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

Judgement partly(std::uint32_t not_taken, std::string note = "too old") {
  Judgement judgement = judged(Verdict::delivered, {});
  judgement.not_taken = not_taken;
  judgement.note = std::move(note);
  return judgement;
}

TEST(LaneCorePartialTest, WhatTheBackendRefusedIsDroppedTheRestDeliveredNothingIsSentAgain) {
  LaneBench bench;
  bench.push(10);
  bench.answer(partly(3));
  EXPECT_EQ(bench.account().delivered, 7U);
  EXPECT_EQ(bench.dropped(Drop::partial_success), 3U);
  EXPECT_TRUE(bench.open.empty());
  ASSERT_EQ(bench.notes.size(), 1U);
  EXPECT_EQ(bench.notes[0].records, 3U);
  EXPECT_EQ(bench.notes[0].of, 10U);
  EXPECT_EQ(bench.notes[0].note, "too old");
  EXPECT_EQ(bench.core.view().state, LaneState::healthy);
}

TEST(LaneCorePartialTest, ABackendCanRefuseNoMoreThanItWasSent) {
  LaneBench bench;
  bench.push(10);
  bench.answer(partly(4'000'000));
  EXPECT_EQ(bench.account().delivered, 0U);
  EXPECT_EQ(bench.dropped(Drop::partial_success), 10U);
}

TEST(LaneCorePartialTest, AWordWithoutARefusalIsPassedOnAndDropsNothing) {
  LaneBench bench;
  bench.push(10);
  bench.answer(partly(0, "slow down, please"));
  EXPECT_EQ(bench.account().delivered, 10U);
  ASSERT_EQ(bench.notes.size(), 1U);
  bench.push(10);
  bench.advance(1s);
  bench.answer(delivered());
  EXPECT_EQ(bench.notes.size(), 1U);
}

TEST(LaneCorePartialTest, AHalfThatWasTakenInPartSaysNothingAboutTheOtherHalf) {
  LaneBench bench;
  bench.push(10);
  bench.answer(judged(Verdict::isolate));
  bench.answer(partly(1));
  // Sent as it is, not halved unseen: the bad record may have been the one that was refused.
  EXPECT_EQ(bench.sent(), range(5, 10));
  bench.answer(delivered());
  EXPECT_EQ(bench.account().delivered, 9U);
  EXPECT_EQ(observe::sum(bench.account().dead), 0U);
}

TEST(LaneCorePartialTest, ABatchToBeSentAgainGoesAtOnceUnchangedAndCountsNoFailure) {
  LaneOptions options = small_lane();
  options.retry.max_attempts = 1;
  LaneBench bench(options);
  bench.push(20);
  const Numbers first = bench.sent();
  const SteadyTime before = bench.now;
  bench.answer(judged(Verdict::send_again));
  EXPECT_EQ(bench.sent(), first);
  EXPECT_EQ(bench.now, before + 1ms);
  EXPECT_EQ(bench.core.batch(bench.open[0]).attempts, 0U);
  EXPECT_EQ(bench.core.view().state, LaneState::healthy);
  EXPECT_EQ(bench.account().maybe_twice, 0U);
  bench.answer(delivered());
  bench.answer(delivered());
  EXPECT_EQ(bench.account().delivered, 20U);
  EXPECT_EQ(bench.account().requests, 3U);
}

TEST(LaneCorePartialTest, ALaneThatFailsKeepsItsTimeWhenItMustSendAgain) {
  LaneBench bench(small_lane(2));
  bench.push(20);
  bench.answer(back_off(5s));
  bench.answer(judged(Verdict::send_again));
  EXPECT_TRUE(bench.open.empty());
  EXPECT_GE(bench.next_try(), 4s);
}

}  // namespace
}  // namespace pannier::deliver
