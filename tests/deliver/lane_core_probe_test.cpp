// A lane that was blocked asks without a batch before it sends one, where its transport can.
#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

struct AskingLane : LaneBench {
  explicit AskingLane(const LaneOptions& options = small_lane(), bool has_key = true,
                      queue::SpoolMode mode = queue::SpoolMode::off)
      : LaneBench(options, has_key, 0, 64U << 20U, mode, {.can_probe = true}) {}
  // Blocked, with `records` of which the first batch is parked.
  void block(std::uint32_t records, Verdict verdict = Verdict::blocked_key) {
    push(records);
    answer(judged(verdict, "key refused (401)"));
  }
};

TEST(LaneCoreProbeTest, ABlockedLaneAsksBeforeItSends) {
  for (const Verdict verdict : {Verdict::blocked, Verdict::blocked_key}) {
    AskingLane bench;
    bench.block(30, verdict);
    bench.advance(8s - 1ms);
    EXPECT_EQ(bench.probes, 0);
    bench.advance(1ms);
    EXPECT_EQ(bench.probes, 1);
    EXPECT_TRUE(bench.open.empty());
    bench.answer_probe(delivered());
    EXPECT_EQ(bench.core.view().state, LaneState::healthy);
    EXPECT_EQ(bench.sent(), range(0, 10)) << "what was parked goes first";
  }
}

TEST(LaneCoreProbeTest, WhileItIsRefusedItSendsNoBatchAndReadsTheKeyAgainEachTime) {
  AskingLane bench(small_lane(3));
  bench.block(100);
  while (!bench.open.empty()) bench.answer(judged(Verdict::blocked_key));
  const int sends = bench.sends;
  const int key_reads = bench.key_reads;
  for (int i = 1; i <= 20; ++i) {
    bench.advance(8s);
    bench.answer_probe(judged(Verdict::blocked_key, "key refused (403 " + std::to_string(i) + ")"));
    EXPECT_EQ(bench.core.view().why, "key refused (403 " + std::to_string(i) + ")");
    EXPECT_EQ(bench.next_try(), 8s);
  }
  EXPECT_EQ(bench.sends, sends);
  EXPECT_EQ(bench.key_reads, key_reads + 20);
  EXPECT_EQ(bench.core.view().parked + bench.rings.pending(0).records, 100U);
}

TEST(LaneCoreProbeTest, AProbeIsARequestInTheBooksAndNoAttemptOfAnyBatch) {
  LaneOptions options = small_lane();
  options.retry.max_attempts = 2;
  AskingLane bench(options);
  bench.block(10);
  for (int i = 0; i < 5; ++i) {
    bench.advance(8s);
    bench.answer_probe(back_off());
    bench.advance(8s);
    bench.answer_probe(judged(Verdict::blocked_key));
  }
  EXPECT_EQ(bench.account().requests, 11U);
  bench.advance(8s);
  bench.answer_probe(delivered());
  bench.answer(back_off());
  EXPECT_EQ(bench.dead(Dead::max_attempts), 0U) << "that was its first";
}

TEST(LaneCoreProbeTest, WithoutAnAnswerItBacksOffAndAsksAgain) {
  AskingLane bench;
  bench.block(10);
  bench.advance(8s);
  bench.answer_probe(back_off(5s));
  EXPECT_EQ(bench.core.view().state, LaneState::backing_off);
  EXPECT_EQ(bench.core.view().why, "server error (503)");
  EXPECT_EQ(bench.next_try(), 5s);
  bench.advance(5s);
  EXPECT_EQ(bench.probes, 2);
  EXPECT_EQ(bench.sends, 1);
  bench.answer_probe(delivered());
  EXPECT_EQ(bench.sends, 2);
}

TEST(LaneCoreProbeTest, AnotherAddressTroubleKeepsItBlockedWithoutReadingTheKey) {
  AskingLane bench;
  bench.block(10);
  bench.advance(8s);
  bench.answer_probe(judged(Verdict::blocked, "address (404)"));
  EXPECT_EQ(bench.core.view().state, LaneState::blocked);
  EXPECT_EQ(bench.core.view().why, "address (404)");
  EXPECT_EQ(bench.key_reads, 1);
}

TEST(LaneCoreProbeTest, AChangedKeyIsAskedAboutAtOnce) {
  AskingLane bench;
  bench.block(10);
  bench.tell(KeyRead{false});
  EXPECT_EQ(bench.probes, 0);
  bench.tell(KeyRead{true});
  EXPECT_EQ(bench.probes, 1);
  bench.answer_probe(judged(Verdict::blocked_key));
  bench.tell(KeyChanged{true});
  EXPECT_EQ(bench.probes, 2);
  bench.answer_probe(delivered());
  EXPECT_EQ(bench.sent(), range(0, 10));
}

TEST(LaneCoreProbeTest, AReloadAsksAtOnce) {
  for (const Verdict verdict : {Verdict::blocked, Verdict::blocked_key}) {
    AskingLane bench;
    bench.block(10, verdict);
    bench.tell(Reconfigured{small_lane()});
    EXPECT_EQ(bench.probes, 1);
    EXPECT_EQ(bench.sends, 1);
  }
}

TEST(LaneCoreProbeTest, AnAnswerAboutTheOldKeyOpensNothing) {
  for (const Judgement& late : {delivered(), judged(Verdict::blocked_key), back_off()}) {
    AskingLane bench;
    bench.block(10);
    bench.advance(8s);
    bench.tell(KeyChanged{true});
    EXPECT_EQ(bench.probes, 1) << "one at a time";
    bench.answer_probe(late);
    EXPECT_EQ(bench.sends, 1);
    EXPECT_EQ(bench.probes, 2) << "the new key is asked about";
    bench.answer_probe(delivered());
    EXPECT_EQ(bench.sends, 2);
  }
}

TEST(LaneCoreProbeTest, AKeyThatChangesWhileTheAddressIsTriedIsAskedAboutToo) {
  for (const bool by_reload : {true, false}) {
    AskingLane bench;
    bench.block(10, Verdict::blocked);
    bench.advance(8s);
    if (by_reload)
      bench.tell(KeyChanged{true});
    else
      bench.tell(KeyRead{true});
    bench.answer_probe(delivered());
    EXPECT_EQ(bench.sends, 1);
    EXPECT_EQ(bench.probes, 2);
  }
}

TEST(LaneCoreProbeTest, AKeyThatComesIsAskedAboutBeforeItIsUsed) {
  AskingLane bench(small_lane(2), false);
  bench.push(100);
  bench.tell(KeyChanged{true});
  EXPECT_EQ(bench.probes, 1);
  EXPECT_EQ(bench.sends, 0);
  EXPECT_TRUE(bench.core.view().why.starts_with("no key until now")) << bench.core.view().why;
  bench.answer_probe(delivered());
  EXPECT_EQ(bench.open.size(), 2U);
}

TEST(LaneCoreProbeTest, ANewKeyIsAskedAboutEvenIfNothingWaits) {
  AskingLane bench(small_lane(), false);
  bench.tell(KeyChanged{true});
  bench.answer_probe(delivered());
  EXPECT_EQ(bench.core.view().state, LaneState::healthy);
  EXPECT_EQ(bench.sends, 0);
}

TEST(LaneCoreProbeTest, AnEmptyLaneThatIsBlockedDoesNotKnockForEver) {
  AskingLane bench(small_lane(), false);
  bench.tell(KeyChanged{true});
  bench.answer_probe(judged(Verdict::blocked_key));
  bench.advance(24h);
  EXPECT_EQ(bench.probes, 1);
  bench.push(1);
  EXPECT_EQ(bench.probes, 2) << "now there is something to be sent";
}

TEST(LaneCoreProbeTest, AKeyThatGoesWhileItIsAskedAboutLeavesTheLaneBlocked) {
  AskingLane bench;
  bench.block(10);
  bench.advance(8s);
  bench.tell(KeyChanged{false});
  bench.answer_probe(delivered());
  bench.advance(1h);
  EXPECT_EQ(bench.core.view().state, LaneState::blocked);
  EXPECT_EQ(bench.core.view().why, "no key");
  EXPECT_EQ(bench.probes, 1);
  bench.tell(KeyChanged{true});
  EXPECT_EQ(bench.probes, 2);
}

TEST(LaneCoreProbeTest, AKeyOfAnotherServiceIsFoundByTheBatchWhichIsKept) {
  AskingLane bench;
  bench.block(30);
  for (int i = 0; i < 3; ++i) {
    bench.advance(8s);
    bench.answer_probe(delivered());
    EXPECT_EQ(bench.sent(), range(0, 10));
    bench.answer(judged(Verdict::blocked_key, "key refused (403 Service mismatch)"));
    EXPECT_EQ(bench.core.view().state, LaneState::blocked);
    EXPECT_TRUE(bench.open.empty());
  }
  EXPECT_EQ(bench.core.view().parked + bench.rings.pending(0).records, 30U);
}

TEST(LaneCoreProbeTest, ItWaitsForWhatIsOpenBeforeItAsks) {
  AskingLane bench(small_lane(2));
  bench.push(30);
  bench.answer(judged(Verdict::blocked_key));
  bench.advance(1min);
  EXPECT_EQ(bench.probes, 0);
  bench.answer(judged(Verdict::blocked_key));
  bench.advance(8s);
  EXPECT_EQ(bench.probes, 1);
}

TEST(LaneCoreProbeTest, ABatchThatGetsThroughHasShownThatTheKeyIsGood) {
  AskingLane bench(small_lane(2));
  bench.push(30);
  bench.answer(judged(Verdict::blocked_key));
  bench.answer(delivered());
  EXPECT_EQ(bench.core.view().state, LaneState::healthy);
  EXPECT_EQ(bench.probes, 0);
  EXPECT_FALSE(bench.open.empty());
}

TEST(LaneCoreProbeTest, ALaneThatOnlyBacksOffTriesItsBatch) {
  AskingLane bench;
  bench.push(10);
  bench.answer(back_off());
  bench.advance(8s);
  EXPECT_EQ(bench.probes, 0);
  EXPECT_EQ(bench.sent(), range(0, 10));
}

TEST(LaneCoreProbeTest, AtTheEndItAsksOnceMoreAndDoesNotHoldUpTheEnd) {
  AskingLane bench;
  bench.block(30);
  bench.tell(Stop{bench.now + 10s});
  EXPECT_EQ(bench.probes, 1);
  EXPECT_FALSE(bench.core.finished());
  bench.answer_probe(judged(Verdict::blocked_key));
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 30U);
}

TEST(LaneCoreProbeTest, AnOpenProbeIsTheEndsOwn) {
  AskingLane bench;
  bench.block(30);
  bench.advance(8s);
  bench.tell(Stop{bench.now + 10s});
  EXPECT_EQ(bench.probes, 1);
  bench.answer_probe(judged(Verdict::blocked_key));
  EXPECT_TRUE(bench.core.finished());
}

TEST(LaneCoreProbeTest, ALaneThatIsCuredAtTheEndGivesAllAway) {
  AskingLane bench;
  bench.block(30);
  bench.tell(Stop{bench.now + 10s});
  bench.answer_probe(delivered());
  bench.serve([](const Numbers&) { return delivered(); });
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.account().delivered, 30U);
}

TEST(LaneCoreProbeTest, AProbeThatIsNotAnsweredIsNotWaitedForBeyondTheDeadline) {
  AskingLane bench;
  bench.block(30);
  bench.tell(Stop{bench.now + 10s});
  bench.advance(10s - 1ms);
  EXPECT_FALSE(bench.core.finished());
  bench.advance(1ms);
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 30U);
  bench.answer_probe(delivered());
  EXPECT_EQ(bench.sends, 1);
}

TEST(LaneCoreProbeTest, AtTheEndItWaitsForTheDiskBeforeItAsks) {
  AskingLane bench(small_lane(), true, queue::SpoolMode::overflow);
  bench.block(10);
  bench.tell(Stop{bench.now + 10s, true, bench.now + 11s});
  ASSERT_EQ(bench.saving.size(), 1U);
  EXPECT_EQ(bench.probes, 0);
  bench.tell(SavedBatch{bench.saving[0].batch, {{1, 0, 10}}});
  EXPECT_EQ(bench.probes, 1);
  bench.answer_probe(judged(Verdict::blocked_key));
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.account().held.spool, 10U);
}

TEST(LaneCoreProbeTest, AnAnswerNobodyAskedForChangesNothing) {
  AskingLane bench;
  bench.block(10);
  bench.tell(Probed{delivered()});
  EXPECT_EQ(bench.core.view().state, LaneState::blocked);
  EXPECT_EQ(bench.sends, 1);
}

}  // namespace
}  // namespace pannier::deliver
