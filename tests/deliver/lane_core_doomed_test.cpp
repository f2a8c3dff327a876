// Fragments that no backend would take are never sent, and hold up nothing.
#include "deliver/encoder.h"
#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

void push_doomed(LaneBench& bench, std::uint32_t count) {
  bench.push(count, 20, doomed_format);
}

TEST(LaneCoreDoomedTest, AreDeadLettersWithoutARequestAndSayWhatIsWrong) {
  LaneBench bench;
  push_doomed(bench, 25);
  bench.advance(1min);
  EXPECT_EQ(bench.sends, 0);
  EXPECT_EQ(bench.account().requests, 0U);
  EXPECT_EQ(bench.dead(Dead::out_of_range), 25U);
  ASSERT_FALSE(bench.buried.empty());
  EXPECT_EQ(bench.buried[0].why, "status or response_time is out of Malti's range");
  EXPECT_EQ(bench.core.view().state, LaneState::healthy);
}

TEST(LaneCoreDoomedTest, GoToTheirGraveBetweenOthersThatAreSent) {
  LaneBench bench(small_lane(1, 100));
  for (int i = 0; i < 5; ++i) {
    bench.push(2);
    push_doomed(bench, 1);
  }
  Numbers arrived;
  bench.serve(
      [&](const Numbers& batch) {
        arrived.insert(arrived.end(), batch.begin(), batch.end());
        return delivered();
      },
      5s);
  EXPECT_EQ(arrived, (Numbers{0, 1, 3, 4, 6, 7, 9, 10, 12, 13}))
      << "all within seconds, whatever the interval";
  EXPECT_EQ(bench.dead(Dead::out_of_range), 5U);
}

TEST(LaneCoreDoomedTest, AreNoProbeOfALaneThatBacksOff) {
  LaneBench bench;
  bench.push(10);
  bench.answer(back_off());
  push_doomed(bench, 10);
  bench.push(10);
  bench.advance(8s);
  ASSERT_EQ(bench.open.size(), 1U);
  bench.serve([](const Numbers&) { return delivered(); }, 1min);
  EXPECT_EQ(bench.account().delivered, 20U);
  EXPECT_EQ(bench.dead(Dead::out_of_range), 10U);
}

TEST(LaneCoreDoomedTest, OfABlockedLaneWaitWithTheOthersAndCostNoRequestThen) {
  LaneBench bench(small_lane(), true, 0, 64U << 20U, queue::SpoolMode::off, {.can_probe = true});
  bench.push(10);
  push_doomed(bench, 10);
  bench.answer(judged(Verdict::blocked_key));
  bench.advance(8s);
  bench.answer_probe(delivered());
  bench.serve([](const Numbers&) { return delivered(); }, 1min);
  EXPECT_EQ(bench.account().delivered, 10U);
  EXPECT_EQ(bench.dead(Dead::out_of_range), 10U);
  EXPECT_EQ(bench.sends, 2);
}

TEST(LaneCoreDoomedTest, ThatLieOnDiskEndThere) {
  LaneBench bench(small_lane(), true, 0, 64U << 20U, queue::SpoolMode::overflow);
  bench.rings.carry_in(bench.lane, 1);
  const queue::LoadedRow row = bench.row_of(9000, 1);
  row.segment->set_format(doomed_format);
  bench.load(row);
  EXPECT_EQ(bench.dead(Dead::out_of_range), 1U);
  EXPECT_EQ(bench.rows.size(), 1U);
}

TEST(LaneCoreDoomedTest, AtTheEndAreBuriedAndNotDropped) {
  LaneBench bench;
  push_doomed(bench, 3);
  bench.push(3);
  bench.tell(Stop{bench.now + 10s});
  bench.answer(delivered());
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dead(Dead::out_of_range), 3U);
  EXPECT_EQ(bench.dropped(Drop::shutdown), 0U);
}

}  // namespace
}  // namespace pannier::deliver
