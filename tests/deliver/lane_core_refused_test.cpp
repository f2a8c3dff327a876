// A lane whose key a sender brought, and that was refused for so long that nobody will take it any more.
#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

struct GuestLane : LaneBench {
  explicit GuestLane(bool has_key = true, queue::SpoolMode mode = queue::SpoolMode::off,
                     LaneOptions options = small_lane())
      : LaneBench(options, has_key, 0, 64U << 20U, mode,
                  {.can_probe = true, .missing_key = "key unknown", .refused_for_good = 1h}) {}

  // Time passes, and every probe gets this answer.
  void pass(Duration time, const Judgement& judgement) {
    const SteadyTime end = now + time;
    while (now < end && !::testing::Test::HasFailure()) {
      if (probe_is_open)
        answer_probe(judgement);
      else
        advance(std::min(timer.value_or(end), end) - now);
    }
  }
  void refuse_first_batch() { answer(judged(Verdict::blocked_key, "key refused (401 Invalid API key)")); }
};

const Judgement refusal = judged(Verdict::blocked_key, "key refused (401 Invalid API key)");

TEST(LaneCoreRefusedTest, AllItsRecordsAreDeadLettersAfterAnHourOfRefusalsAndItIsClosed) {
  GuestLane bench;
  bench.push(35);
  bench.refuse_first_batch();
  bench.pass(59min, refusal);
  EXPECT_EQ(bench.dead(Dead::key_refused), 0U);
  bench.pass(2min, refusal);
  EXPECT_EQ(bench.dead(Dead::key_refused), 35U);
  EXPECT_EQ(bench.closes, 1);
  ASSERT_FALSE(bench.buried.empty());
  EXPECT_EQ(bench.buried[0].why, "key refused (401 Invalid API key)");
  EXPECT_EQ(bench.sends, 1);
}

TEST(LaneCoreRefusedTest, NeedsNoAnswerInThatHour) {
  GuestLane bench;
  bench.push(10);
  bench.refuse_first_batch();
  bench.advance(8s);
  EXPECT_TRUE(bench.probe_is_open);
  bench.advance(1h);
  EXPECT_EQ(bench.closes, 1);
}

TEST(LaneCoreRefusedTest, IsClosedOnceAndAsksNobodyAnyMore) {
  GuestLane bench;
  bench.push(10);
  bench.refuse_first_batch();
  bench.pass(2h, refusal);
  const int probes = bench.probes;
  bench.pass(48h, refusal);
  EXPECT_EQ(bench.closes, 1);
  EXPECT_EQ(bench.probes, probes);
}

TEST(LaneCoreRefusedTest, WhatComesLaterHasAnHourOfItsOwn) {
  GuestLane bench;
  bench.push(10);
  bench.refuse_first_batch();
  bench.pass(2h, refusal);
  bench.push(5);
  bench.pass(59min, refusal);
  EXPECT_EQ(bench.dead(Dead::key_refused), 10U);
  bench.pass(2min, refusal);
  EXPECT_EQ(bench.dead(Dead::key_refused), 15U);
  EXPECT_EQ(bench.closes, 2);
}

TEST(LaneCoreRefusedTest, ASuccessEndsThisForGood) {
  GuestLane bench;
  bench.push(20);
  bench.answer(delivered());
  bench.refuse_first_batch();
  bench.pass(240h, refusal);
  EXPECT_EQ(bench.dead(Dead::key_refused), 0U);
  EXPECT_EQ(bench.closes, 0);
  EXPECT_EQ(bench.core.view().parked, 10U);
}

TEST(LaneCoreRefusedTest, AGoodProbeIsNoSuccess) {
  GuestLane bench;
  bench.push(10);
  bench.refuse_first_batch();
  while (bench.closes == 0 && bench.now < SteadyTime(4h) && !HasFailure()) {
    bench.pass(8s, delivered());
    if (!bench.open.empty()) bench.answer(judged(Verdict::blocked_key, "key refused (403 Service mismatch)"));
  }
  EXPECT_EQ(bench.dead(Dead::key_refused), 10U);
}

TEST(LaneCoreRefusedTest, AnOutageIsNoRefusal) {
  GuestLane bench;
  bench.push(10);
  bench.refuse_first_batch();
  bench.pass(240h, back_off());
  EXPECT_EQ(bench.closes, 0);
  bench.pass(2h, refusal);
  EXPECT_EQ(bench.closes, 1);
}

TEST(LaneCoreRefusedTest, AWrongAddressIsNoRefusal) {
  GuestLane bench;
  bench.push(10);
  bench.refuse_first_batch();
  bench.pass(240h, judged(Verdict::blocked, "address (404)"));
  EXPECT_EQ(bench.closes, 0);
}

TEST(LaneCoreRefusedTest, AKeyThatIsNotKnownHereIsNotRefused) {
  GuestLane bench(false);
  bench.push(10);
  bench.advance(240h);
  EXPECT_EQ(bench.closes, 0);
  EXPECT_EQ(bench.core.view().why, "key unknown");
  bench.tell(KeyChanged{true});
  bench.answer_probe(delivered());
  EXPECT_EQ(bench.sent(), range(0, 10));
}

TEST(LaneCoreRefusedTest, WithoutSuchALimitItWaitsForEver) {
  LaneBench bench;
  bench.push(10);
  bench.serve([](const Numbers&) { return refusal; }, 240h);
  EXPECT_EQ(bench.dead(Dead::key_refused), 0U);
}

TEST(LaneCoreRefusedTest, WhatLiesOnDiskIsReadBackAndBuriedBeforeItIsClosed) {
  GuestLane bench(true, queue::SpoolMode::overflow);
  bench.push(10);
  bench.refuse_first_batch();
  bench.rings.carry_in(bench.lane, 30);
  bench.pass(61min, refusal);
  EXPECT_EQ(bench.dead(Dead::key_refused), 10U);
  EXPECT_EQ(bench.closes, 0) << "30 wait on disk";
  for (std::uint32_t row = 0; row < 3; ++row) {
    bench.load(bench.row_of(9000 + 10 * row, 10));
    bench.advance(1s);
  }
  EXPECT_EQ(bench.dead(Dead::key_refused), 40U);
  EXPECT_EQ(bench.closes, 1);
  std::uint32_t ended = 0;
  for (const queue::RowEnd& row : bench.rows) ended += row.last - row.first;
  EXPECT_EQ(ended, 30U) << "the spool is told";
}

TEST(LaneCoreRefusedTest, RowsThatTheDiskLosesMeanwhileDoNotKeepItOpen) {
  GuestLane bench(true, queue::SpoolMode::overflow);
  bench.push(10);
  bench.refuse_first_batch();
  bench.rings.carry_in(bench.lane, 30);
  bench.pass(61min, refusal);
  bench.rings.removed_from_disk(bench.lane, 30, Drop::full);
  bench.advance(1s);
  EXPECT_EQ(bench.closes, 1);
}

TEST(LaneCoreRefusedTest, WhatIsOpenIsBuriedAsItComesBack) {
  GuestLane bench(true, queue::SpoolMode::off, small_lane(2));
  bench.push(20);
  bench.refuse_first_batch();
  bench.advance(1h);
  EXPECT_EQ(bench.dead(Dead::key_refused), 10U);
  EXPECT_EQ(bench.closes, 0);
  bench.answer(refusal);
  EXPECT_EQ(bench.dead(Dead::key_refused), 20U);
  EXPECT_EQ(bench.closes, 1);
}

TEST(LaneCoreRefusedTest, WhatGetsThroughInTheLastMomentOpensTheLane) {
  GuestLane bench(true, queue::SpoolMode::off, small_lane(2));
  bench.push(20);
  bench.refuse_first_batch();
  bench.advance(1h);
  bench.answer(delivered());
  bench.push(10);
  EXPECT_EQ(bench.sent(), range(20, 30));
  bench.answer(refusal);
  bench.pass(240h, refusal);
  EXPECT_EQ(bench.closes, 0);
}

TEST(LaneCoreRefusedTest, AtTheDaemonsEndTheRestIsLeftToTheSpool) {
  GuestLane bench(true, queue::SpoolMode::overflow);
  bench.push(10);
  bench.refuse_first_batch();
  bench.rings.carry_in(bench.lane, 30);
  bench.pass(61min, refusal);
  bench.tell(Stop{bench.now + 10s, true, bench.now + 11s});
  bench.load(bench.row_of(9000, 10));
  bench.pass(12s, refusal);
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dead(Dead::key_refused), 10U);
  EXPECT_EQ(bench.account().held.spool, 30U);
}

TEST(LaneCoreRefusedTest, TheDaemonsEndStopsTheBurial) {
  GuestLane bench;
  bench.push(35);
  bench.refuse_first_batch();
  bench.advance(1h);
  EXPECT_EQ(bench.dead(Dead::key_refused), 20U) << "what was parked, and the first batch of what waits";
  bench.tell(Stop{bench.now + 10s});
  bench.advance(10s);
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dead(Dead::key_refused), 20U);
  EXPECT_EQ(bench.dropped(Drop::shutdown), 15U) << "there is no spool to leave them to";
  EXPECT_EQ(bench.closes, 0);
}

TEST(LaneCoreRefusedTest, LettersKeepTheDoubtThatAKilledRunHasLeft) {
  GuestLane bench(true, queue::SpoolMode::overflow);
  bench.push(10);
  bench.refuse_first_batch();
  bench.rings.carry_in(bench.lane, 1);
  queue::LoadedRow row = bench.row_of(9000, 1);
  row.maybe_sent = true;
  bench.load(row);
  bench.pass(61min, refusal);
  ASSERT_FALSE(bench.letters.empty());
  EXPECT_TRUE(bench.letters.back().slice.maybe_sent) << "nobody has counted it yet";
  EXPECT_EQ(bench.account().maybe_twice, 0U);
}

}  // namespace
}  // namespace pannier::deliver
