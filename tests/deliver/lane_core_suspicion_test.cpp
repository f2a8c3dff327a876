// A 500 that names nobody: a down database, or a record that the backend cannot store?
#include <set>

#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

Judgement fails() {
  return judged(Verdict::server_error, "server error (500)");
}

bool holds(const Numbers& batch, std::uint32_t record) {
  return std::ranges::find(batch, record) != batch.end();
}

TEST(LaneCoreSuspicionTest, TheNextProbeTakesTheNextBatch) {
  LaneBench bench;
  bench.push(30);
  ASSERT_EQ(bench.sent(), range(0, 10));
  bench.answer(fails());
  bench.advance(8s);
  ASSERT_EQ(bench.sent(), range(10, 20));
  bench.answer(fails());
  bench.advance(8s);
  ASSERT_EQ(bench.sent(), range(20, 30));
  for (int round = 0; round < 2; ++round)
    for (std::uint32_t first = 0; first < 30; first += 10) {
      bench.answer(fails());
      bench.advance(8s);
      ASSERT_EQ(bench.sent(), range(first, first + 10)) << "nothing new: each in turn";
    }
}

TEST(LaneCoreSuspicionTest, TheNextProbeTakesWhatWaitsEvenIfThatIsNoFullBatch) {
  LaneBench bench;
  for (int tokens = 0; tokens < BatchPolicy::most_tokens; ++tokens) {
    bench.push(1);
    bench.advance(1s);
    bench.answer(delivered());
  }
  bench.push(10);
  Judgement answer = fails();
  answer.wait = 5s;
  bench.answer(answer);
  bench.advance(4900ms);
  bench.push(3);
  bench.advance(100ms);
  EXPECT_EQ(bench.sent(), range(13, 16)) << "long before the beat";
}

// Others pass in between each time: it takes more than one such failure to be called poison.
TEST(LaneCoreSuspicionTest, ASingleRecordIsPoisonOnlyAfterItFailedFourTimesWhileOthersPassed) {
  for (const int failures : {4, 5}) {
    LaneBench bench(small_lane(1, 1));
    int failed = 0;
    bench.push(40);
    bench.serve([&](const Numbers& batch) {
      return batch[0] == 0 && failed < failures ? (++failed, fails()) : delivered();
    });
    EXPECT_EQ(failed, failures);
    EXPECT_EQ(bench.dead(Dead::server_error), failures == 5 ? 1U : 0U);
  }
}

TEST(LaneCoreSuspicionTest, AfterAnotherPassedTheFirstIsTriedAgainAndThenHalved) {
  LaneBench bench;
  bench.push(20);
  bench.answer(fails());
  bench.advance(8s);
  ASSERT_EQ(bench.sent(), range(10, 20));
  bench.answer(delivered());
  ASSERT_EQ(bench.sent(), range(0, 10)) << "another one got through: its turn";
  bench.answer(fails());
  bench.push(10);
  bench.advance(8s);
  ASSERT_EQ(bench.sent(), range(20, 30));
  bench.answer(delivered());
  EXPECT_EQ(bench.sent(), range(0, 5));
}

TEST(LaneCoreSuspicionTest, WithoutAnotherBatchItIsHalvedAfterEightFailures) {
  LaneBench bench;
  bench.push(10);
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(bench.sent(), range(0, 10)) << i;
    bench.answer(fails());
    bench.advance(8s);
  }
  EXPECT_EQ(bench.sent(), range(0, 5));
}

TEST(LaneCoreSuspicionTest, FindsTheOneRecordThatTheBackendFailsOn) {
  for (std::uint32_t poison = 0; poison < 10; ++poison) {
    LaneBench bench;
    bench.push(10);
    std::set<std::uint32_t> passed;
    for (int minutes = 0; minutes < 100; ++minutes) {
      bench.push(1);
      bench.serve(
          [&](const Numbers& batch) {
            if (holds(batch, poison)) return fails();
            passed.insert(batch.begin(), batch.end());
            return delivered();
          },
          1min);
    }
    ASSERT_EQ(bench.dead(Dead::server_error), 1U) << poison;
    ASSERT_EQ(observe::sum(bench.account().dead), 1U);
    ASSERT_EQ(passed.size(), bench.pushed - 1);
    ASSERT_FALSE(passed.contains(poison));
  }
}

// However long it lasts and whatever is waiting: what waits for a database is no poison.
TEST(LaneCoreSuspicionTest, AnOutageOfTheDatabaseNeverMakesADeadLetter) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    LaneOptions options = small_lane(1 + static_cast<std::uint32_t>(random.below(4)),
                                     1 + static_cast<std::uint32_t>(random.below(50)));
    options.batch.bytes = 200 + random.below(5000);
    LaneBench bench(options);
    bench.random = Random(random.next());
    const SteadyTime down = bench.now + std::chrono::seconds(random.below(60));
    const SteadyTime up = down + std::chrono::seconds(1 + random.below(3600));
    const auto backend = [&](const Numbers&) {
      return bench.now >= down && bench.now < up ? fails() : delivered();
    };
    while (bench.now < up + 10min) {
      bench.push(static_cast<std::uint32_t>(random.below(30)));
      bench.serve(backend, std::chrono::seconds(1 + random.below(300)));
    }
    bench.serve(backend);
    ASSERT_EQ(observe::sum(bench.account().dead), 0U) << "seed " << seed;
    ASSERT_EQ(bench.account().delivered, bench.pushed) << "seed " << seed;
  }
}

}  // namespace
}  // namespace pannier::deliver
