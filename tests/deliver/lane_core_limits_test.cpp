// What ends a batch's attempts, and what is counted while they go on.
#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

LaneOptions impatient(std::chrono::seconds max_age, std::uint32_t max_attempts = 0) {
  LaneOptions options = small_lane();
  options.retry.max_age = max_age;
  options.retry.max_attempts = max_attempts;
  return options;
}

TEST(LaneCoreLimitsTest, ABatchIsADeadLetterAfterSoManyAttempts) {
  LaneBench bench(impatient(24h, 3));
  bench.push(10);
  for (int i = 0; i < 2; ++i) {
    bench.answer(back_off());
    EXPECT_EQ(bench.dead(Dead::max_attempts), 0U);
    bench.advance(8s);
  }
  bench.answer(back_off());
  EXPECT_EQ(bench.dead(Dead::max_attempts), 10U);
  bench.advance(1h);
  EXPECT_EQ(bench.sends, 3);
}

TEST(LaneCoreLimitsTest, WithoutALimitItTriesForEver) {
  LaneBench bench(impatient(240h));
  bench.push(10);
  for (int i = 0; i < 1000; ++i) {
    bench.answer(back_off());
    bench.advance(8s);
  }
  EXPECT_EQ(bench.account().held.in_flight, 10U);
}

TEST(LaneCoreLimitsTest, ABlockedLanesProbesDoNotUseUpTheAttempts) {
  LaneBench bench(impatient(24h, 3));
  bench.push(10);
  for (int i = 0; i < 20; ++i) {
    bench.answer(judged(Verdict::blocked_key));
    bench.advance(8s);
  }
  bench.answer(back_off());
  bench.advance(8s);
  EXPECT_EQ(bench.dead(Dead::max_attempts), 0U);
  EXPECT_EQ(bench.sent(), range(0, 10));
}

TEST(LaneCoreLimitsTest, ABatchIsADeadLetterWhenItWasTriedForSoLong) {
  LaneBench bench(impatient(60s));
  bench.push(10);
  bench.advance(1s);
  const SteadyTime first_tried = bench.now - 1s;
  while (bench.dead(Dead::max_age) == 0 && bench.now < first_tried + 5min) {
    EXPECT_LE(bench.now, first_tried + 70s);
    bench.answer(back_off());
    bench.advance(8s);
  }
  EXPECT_EQ(bench.dead(Dead::max_age), 10U);
  EXPECT_GE(bench.now, first_tried + 60s);
}

TEST(LaneCoreLimitsTest, TheAgeDoesNotRunWhileTheLaneIsBlocked) {
  LaneBench bench(impatient(60s));
  bench.push(10);
  for (int hours = 0; hours < 48; ++hours) {
    bench.answer(judged(Verdict::blocked));
    bench.advance(1h);
  }
  bench.answer(back_off());
  EXPECT_EQ(bench.dead(Dead::max_age), 0U);
  bench.advance(70s);
  bench.answer(back_off());
  EXPECT_EQ(bench.dead(Dead::max_age), 10U);
}

TEST(LaneCoreLimitsTest, TheAgeDoesNotRunWithoutAKey) {
  LaneBench bench(impatient(60s));
  bench.push(10);
  bench.answer(back_off());
  bench.tell(KeyChanged{false});
  bench.advance(48h);
  bench.tell(KeyChanged{true});
  bench.answer(back_off());
  EXPECT_EQ(bench.dead(Dead::max_age), 0U);
}

TEST(LaneCoreLimitsTest, CountsMaybeTwiceWhenItSendsAgainAfterAnUnknownOutcome) {
  LaneBench bench;
  bench.push(10);
  bench.answer(unknown_outcome());
  EXPECT_EQ(bench.account().maybe_twice, 0U) << "not before it is sent again";
  bench.advance(8s);
  EXPECT_EQ(bench.account().maybe_twice, 10U);
  bench.answer(delivered());
  EXPECT_EQ(bench.account().maybe_twice, 10U);
}

TEST(LaneCoreLimitsTest, DoesNotCountMaybeTwiceAfterAnAnswerThatIsCertain) {
  LaneBench bench;
  bench.push(10);
  for (const Judgement& answer : {back_off(), judged(Verdict::blocked), judged(Verdict::server_error)}) {
    bench.answer(answer);
    bench.advance(8s);
  }
  bench.answer(named({1}));
  EXPECT_EQ(bench.account().maybe_twice, 0U);
}

TEST(LaneCoreLimitsTest, CountsEverySendingThatMayBeOneTooMany) {
  LaneBench bench;
  bench.push(10);
  bench.answer(unknown_outcome());
  bench.advance(8s);
  bench.answer(unknown_outcome());
  bench.advance(8s);
  EXPECT_EQ(bench.account().maybe_twice, 20U);
  bench.answer(back_off());
  bench.advance(8s);
  EXPECT_EQ(bench.account().maybe_twice, 20U) << "the last answer was certain";
}

TEST(LaneCoreLimitsTest, DoesNotCountWhatIsNeverSentAgain) {
  LaneBench bench;
  bench.push(10);
  bench.answer(unknown_outcome());
  bench.tell(Stop{bench.now, false});
  EXPECT_EQ(bench.account().maybe_twice, 0U);
}

TEST(LaneCoreLimitsTest, CountsItsRequests) {
  LaneBench bench;
  bench.push(30);
  for (int i = 0; i < 3; ++i) bench.answer(delivered());
  EXPECT_EQ(bench.account().requests, 3U);
}

TEST(LaneCoreLimitsTest, AnAnswerToNothingChangesNothing) {
  LaneBench bench;
  bench.push(10);
  bench.tell(Answered{4711, delivered()});
  EXPECT_EQ(bench.account().delivered, 0U);
  EXPECT_EQ(bench.open.size(), 1U);
}

}  // namespace
}  // namespace pannier::deliver
