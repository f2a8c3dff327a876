// The spool's bound in bytes: it holds whatever the lanes hold where, and who refuses rests.
#include "tests/queue/spool_bench.h"

namespace pannier::queue {
namespace {

using namespace std::chrono_literals;

TEST(SpoolBoundTest, ReplayedRowsGiveWayThoughMemoryHoldsOlderOnes) {
  SpoolOptions options = spool_of(SpoolMode::always);
  options.bytes = 16U << 20U;
  SpoolBench bench(options, 4096 * segment_cost);
  bench.push(5);
  bench.advance(50ms);
  bench.take(5);
  bench.bury();
  bench.push(1, whole_segment);
  bench.advance(50ms);
  LetterOrder order;
  order.replay = true;
  bench.core.order(std::move(order));
  for (int i = 0; i < 300; ++i) {
    bench.push(1, whole_segment);
    bench.advance(50ms);
    ASSERT_LE(bench.store.used_bytes(), options.bytes);
  }
}

// Each lane has less than comes at once.
TEST(SpoolBoundTest, WhereTheLargestLaneHasTooLittleOthersGiveWayToo) {
  constexpr LaneId lanes = 8;
  SpoolOptions options = spool_of(SpoolMode::always);
  options.bytes = 32 * whole_segment;
  SpoolBench bench(options, 4096 * segment_cost, lanes);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 4; ++i)
      for (LaneId lane = 0; lane < lanes; ++lane) bench.push(1, whole_segment, lane);
    bench.advance(50ms);
    ASSERT_LE(bench.store.used_bytes(), options.bytes) << "in round " << round;
  }
}

TEST(SpoolBoundTest, WhoRefusesRestsHoweverMuchWaits) {
  SpoolOptions options = spool_of(SpoolMode::always, WhenFull::refuse);
  options.bytes = 16 * whole_segment;
  SpoolBench bench(options, 4096 * segment_cost);
  for (int i = 0; i < 200; ++i) bench.push(1, whole_segment);
  bench.core.flush();
  bench.work();
  EXPECT_TRUE(bench.core.is_full());
  EXPECT_GT(bench.core.wake_at().value_or(SteadyTime::max()), bench.now);
  bench.advance(1s);
  EXPECT_GT(bench.core.wake_at().value_or(SteadyTime::max()), bench.now);
}

}  // namespace
}  // namespace pannier::queue
