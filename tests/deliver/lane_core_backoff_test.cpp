// What a lane does while its backend does not take anything.
#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

TEST(LaneCoreBackoffTest, SendsTheSameBatchAgainUnchanged) {
  LaneBench bench;
  bench.push(10);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(bench.sent(), range(0, 10));
    bench.answer(back_off());
    bench.advance(8s);
  }
  bench.answer(delivered());
  EXPECT_EQ(bench.account().delivered, 10U);
  EXPECT_EQ(bench.core.view().state, LaneState::healthy);
}

TEST(LaneCoreBackoffTest, SaysThatItBacksOffAndWhyAndWhenItTriesAgain) {
  LaneBench bench;
  bench.push(10);
  bench.answer(back_off(5s));
  const LaneView view = bench.core.view();
  EXPECT_EQ(view.state, LaneState::backing_off);
  EXPECT_EQ(view.why, "server error (503)");
  EXPECT_EQ(view.since, bench.now);
  EXPECT_EQ(view.next_try, bench.now + 5s);
  EXPECT_EQ(view.parked, 10U);
}

TEST(LaneCoreBackoffTest, NeverTriesBeforeTheBackendsWishIsOver) {
  LaneBench bench;
  bench.push(30);
  bench.answer(back_off(90s));
  bench.advance(90s - 1ms);
  EXPECT_TRUE(bench.open.empty());
  bench.advance(1ms);
  EXPECT_EQ(bench.open.size(), 1U);
}

TEST(LaneCoreBackoffTest, HonoursAWishForAnHourAtMost) {
  LaneBench bench;
  bench.push(10);
  bench.answer(back_off(48h));
  EXPECT_EQ(bench.next_try(), 1h);
}

TEST(LaneCoreBackoffTest, OneProbeAtATimeWhileItFails) {
  LaneBench bench(small_lane(4));
  bench.push(100);
  ASSERT_EQ(bench.open.size(), 4U);
  while (!bench.open.empty()) bench.answer(back_off(20s));
  for (int i = 0; i < 10; ++i) {
    bench.advance(20s);
    ASSERT_EQ(bench.open.size(), 1U);
    bench.advance(60s);
    ASSERT_EQ(bench.open.size(), 1U);
    bench.answer(back_off(20s));
  }
}

TEST(LaneCoreBackoffTest, AfterASuccessItOpensUpStepByStep) {
  LaneBench bench(small_lane(4));
  bench.push(400);
  while (!bench.open.empty()) bench.answer(back_off());
  bench.advance(8s);
  for (const std::size_t expected : {2U, 3U, 4U, 4U}) {
    bench.answer(delivered());
    EXPECT_EQ(bench.open.size(), expected);
  }
}

TEST(LaneCoreBackoffTest, RequestsThatFailedTogetherCountAsOneFailure) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    LaneBench bench(small_lane(4));
    bench.random = Random(seed);
    bench.push(40);
    while (!bench.open.empty()) bench.answer(back_off());
    ASSERT_LE(bench.next_try(), 1s) << "the first ceiling, not the fourth";
  }
}

TEST(LaneCoreBackoffTest, TheLongestWishOfThoseThatFailedTogetherCounts) {
  LaneBench bench(small_lane(3));
  bench.push(30);
  bench.answer(back_off(10s));
  bench.answer(back_off(60s));
  bench.answer(back_off(20s));
  EXPECT_GT(bench.next_try(), 59s);
}

TEST(LaneCoreBackoffTest, TheCeilingDoublesWithEachProbeThatFailsUpToTheCap) {
  Duration longest{};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    LaneBench bench;
    bench.random = Random(seed);
    bench.push(10);
    for (const Duration ceiling : {1s, 2s, 4s, 8s, 8s}) {
      bench.answer(back_off());
      ASSERT_LE(bench.next_try(), ceiling);
      longest = std::max(longest, bench.next_try());
      bench.advance(ceiling);
    }
  }
  EXPECT_GT(longest, 7s);
}

TEST(LaneCoreBackoffTest, ProbesWithWhatComesWhenAllThatItHeldIsGone) {
  LaneOptions options = small_lane();
  options.retry.max_attempts = 1;
  LaneBench bench(options);
  bench.push(10);
  bench.answer(back_off(60s));
  ASSERT_EQ(bench.dead(Dead::max_attempts), 10U);
  bench.advance(1h);
  bench.push(1);
  EXPECT_EQ(bench.sent(), range(10, 11));
}

TEST(LaneCoreBackoffTest, ABlockedLaneProbesAtTheLongestDelay) {
  for (const Verdict verdict : {Verdict::blocked, Verdict::blocked_key}) {
    LaneBench bench(small_lane(2));
    bench.push(50);
    bench.answer(judged(verdict, "address (404)"));
    bench.answer(judged(verdict, "address (404)"));
    EXPECT_EQ(bench.core.view().state, LaneState::blocked);
    for (int i = 0; i < 10; ++i) {
      ASSERT_EQ(bench.next_try(), 8s);
      bench.advance(8s - 1ms);
      ASSERT_TRUE(bench.open.empty());
      bench.advance(1ms);
      ASSERT_EQ(bench.open.size(), 1U);
      bench.answer(judged(verdict, "address (404)"));
    }
    EXPECT_EQ(bench.core.view().parked + bench.rings.pending(0).records, 50U) << "keeps all";
  }
}

TEST(LaneCoreBackoffTest, ABlockedLaneHonoursTheBackendsWishToo) {
  LaneBench bench;
  bench.push(10);
  Judgement answer = judged(Verdict::blocked);
  answer.wait = 5min;
  bench.answer(answer);
  EXPECT_EQ(bench.next_try(), 5min);
}

TEST(LaneCoreBackoffTest, ReadsTheKeyAgainEachTimeItIsRefusedAndOnlyThen) {
  LaneBench bench;
  bench.push(10);
  bench.answer(judged(Verdict::blocked_key));
  EXPECT_EQ(bench.key_reads, 1);
  bench.advance(8s);
  bench.answer(judged(Verdict::blocked_key));
  EXPECT_EQ(bench.key_reads, 2);
  bench.advance(8s);
  bench.answer(judged(Verdict::blocked));
  EXPECT_EQ(bench.key_reads, 2);
}

TEST(LaneCoreBackoffTest, AChangedKeyIsTriedAtOnceAndTheSameKeyIsNot) {
  LaneBench bench;
  bench.push(10);
  bench.answer(judged(Verdict::blocked_key));
  bench.tell(KeyRead{false});
  EXPECT_TRUE(bench.open.empty());
  bench.tell(KeyRead{true});
  EXPECT_EQ(bench.sent(), range(0, 10));
}

TEST(LaneCoreBackoffTest, AKeyDoesNotCureAWrongAddress) {
  LaneBench bench;
  bench.push(10);
  bench.answer(judged(Verdict::blocked));
  bench.tell(KeyRead{true});
  EXPECT_TRUE(bench.open.empty());
}

TEST(LaneCoreBackoffTest, AReloadProbesAtOnce) {
  for (const Verdict verdict : {Verdict::blocked, Verdict::blocked_key, Verdict::back_off}) {
    LaneBench bench;
    bench.push(10);
    Judgement answer = judged(verdict);
    answer.wait = 30min;
    bench.answer(answer);
    bench.tell(Reconfigured{small_lane()});
    EXPECT_EQ(bench.open.size(), 1U);
  }
}

TEST(LaneCoreBackoffTest, WithoutAKeyItSendsNothingAndKeepsAll) {
  LaneBench bench(small_lane(2), false);
  bench.push(100);
  bench.advance(24h);
  bench.tell(Reconfigured{small_lane(2)});
  bench.tell(KeyRead{true});
  EXPECT_EQ(bench.sends, 0);
  EXPECT_EQ(bench.rings.pending(0).records, 100U);
  EXPECT_EQ(bench.core.view().state, LaneState::blocked);
  EXPECT_EQ(bench.core.view().why, "no key");
  EXPECT_EQ(bench.core.view().next_try, std::nullopt);
}

TEST(LaneCoreBackoffTest, AKeyThatComesIsUsedAtOnce) {
  LaneBench bench(small_lane(2), false);
  bench.push(100);
  bench.tell(KeyChanged{true});
  EXPECT_EQ(bench.open.size(), 2U);
  EXPECT_EQ(bench.core.view().state, LaneState::healthy);
}

TEST(LaneCoreBackoffTest, ALaneWhoseKeyIsGoneStaysBlockedWhateverItsOpenRequestsBring) {
  const std::vector<Judgement> answers{delivered(),
                                       back_off(),
                                       named({3}),
                                       judged(Verdict::isolate),
                                       judged(Verdict::blocked, "address (404)"),
                                       judged(Verdict::server_error)};
  for (const Judgement& answer : answers) {
    LaneBench bench;
    bench.push(30);
    bench.tell(KeyChanged{false});
    bench.answer(answer);
    bench.advance(1h);
    EXPECT_EQ(bench.sends, 1);
    EXPECT_EQ(bench.core.view().state, LaneState::blocked);
    EXPECT_EQ(bench.core.view().why, "no key");
    bench.tell(KeyChanged{true});
    EXPECT_EQ(bench.open.size(), 1U);
  }
}

TEST(LaneCoreBackoffTest, TellsTheRingsHowItFares) {
  // A blocked lane keeps an eighth of the memory: 4 of 32 segments.
  LaneBench bench(small_lane(), true, 0, 32 * queue::SegmentPool::cost(1));
  bench.push(1);
  bench.advance(1s);
  bench.answer(judged(Verdict::blocked));
  bench.push(20, 64 * 1024);
  EXPECT_LE(bench.rings.pending(0).records, 4U);
  bench.tell(Reconfigured{small_lane()});
  bench.answer(delivered());
  EXPECT_EQ(bench.core.view().state, LaneState::healthy);
}

TEST(LaneCoreBackoffTest, SaysAChangeOfStateOnceAndEachNewReasonForBeingBlocked) {
  LaneBench bench;
  bench.push(10);
  bench.answer(back_off());
  EXPECT_EQ(bench.state_changes, 1);
  bench.advance(8s);
  bench.answer(back_off());
  EXPECT_EQ(bench.state_changes, 1);
  bench.advance(8s);
  bench.answer(judged(Verdict::blocked, "address (404)"));
  EXPECT_EQ(bench.state_changes, 2);
  bench.advance(8s);
  bench.answer(judged(Verdict::blocked, "a proxy's page (200)"));
  EXPECT_EQ(bench.state_changes, 3);
  bench.advance(8s);
  bench.answer(delivered());
  EXPECT_EQ(bench.state_changes, 4);
}

}  // namespace
}  // namespace pannier::deliver
