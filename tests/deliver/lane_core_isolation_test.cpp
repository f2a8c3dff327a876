// How a lane finds the records that spoil their batch.
#include <set>

#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

using Poison = std::set<std::uint32_t>;

std::vector<std::uint32_t> indexes_of(const Numbers& batch, const Poison& poison) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < batch.size(); ++i)
    if (poison.contains(batch[i])) found.push_back(i);
  return found;
}

// Names all, as a 422 does; the first only, as a 500 with "element #N" does; none, as a 400 does.
Judgement names_all(const Numbers& batch, const Poison& poison) {
  const auto found = indexes_of(batch, poison);
  return found.empty() ? delivered() : named(found);
}
Judgement names_first(const Numbers& batch, const Poison& poison) {
  const auto found = indexes_of(batch, poison);
  return found.empty() ? delivered() : named({found[0]});
}
Judgement names_none(const Numbers& batch, const Poison& poison) {
  return indexes_of(batch, poison).empty() ? delivered() : judged(Verdict::isolate, "refused (400)");
}

Poison three_of(std::uint32_t records, Random& random) {
  Poison poison;
  while (poison.size() < 3) poison.insert(static_cast<std::uint32_t>(random.below(records)));
  return poison;
}

class LaneCoreIsolationTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t records = 5000;
  void expect_three_dead(const LaneBench& bench) {
    EXPECT_EQ(bench.dead(Dead::refused), 3U);
    EXPECT_EQ(observe::sum(bench.account().dead), 3U);
    EXPECT_EQ(bench.account().delivered, records - 3U);
    EXPECT_EQ(bench.core.view().state, LaneState::healthy);
  }
};

TEST_F(LaneCoreIsolationTest, RecordsThatAreNamedTogetherCostOneMoreRequest) {
  LaneBench bench(small_lane(1, records));
  bench.push(records);
  bench.serve([](const Numbers& batch) { return names_all(batch, {0, 2500, 4999}); });
  EXPECT_EQ(bench.sends, 2);
  expect_three_dead(bench);
}

TEST_F(LaneCoreIsolationTest, ThreeOf5000ThatAreNamedOneByOneCostFourRequests) {
  Random random(1);
  for (int i = 0; i < 20; ++i) {
    const Poison poison = three_of(records, random);
    LaneBench bench(small_lane(1, records));
    bench.push(records);
    bench.serve([&](const Numbers& batch) { return names_first(batch, poison); });
    ASSERT_LE(bench.sends, 4);
    expect_three_dead(bench);
  }
}

TEST_F(LaneCoreIsolationTest, ThreeOf5000ThatNobodyNamesAreFoundWithin70Requests) {
  Random random(2);
  for (int i = 0; i < 100; ++i) {
    const Poison poison = three_of(records, random);
    LaneBench bench(small_lane(1 + static_cast<std::uint32_t>(random.below(2)), records));
    bench.push(records);
    bench.serve([&](const Numbers& batch) { return names_none(batch, poison); });
    ASSERT_LE(bench.sends, 70);
    expect_three_dead(bench);
  }
}

TEST_F(LaneCoreIsolationTest, FindsExactlyThePoisonWhereverItIsInSmallBatches) {
  for (std::uint32_t size = 1; size <= 6; ++size)
    for (std::uint32_t mask = 0; mask < (1U << size); ++mask) {
      Poison poison;
      for (std::uint32_t i = 0; i < size; ++i)
        if ((mask >> i & 1U) != 0) poison.insert(i);
      LaneBench bench(small_lane(2, size));
      bench.push(size);
      std::set<std::uint32_t> passed;
      bench.serve([&](const Numbers& batch) {
        const Judgement judgement = names_none(batch, poison);
        if (judgement.verdict == Verdict::delivered) passed.insert(batch.begin(), batch.end());
        return judgement;
      });
      ASSERT_EQ(passed.size(), size - poison.size()) << "size " << size << ", mask " << mask;
      ASSERT_EQ(bench.dead(Dead::refused), poison.size());
    }
}

// Soak, seed 39324290: a refusal that was not its fault made a record that was never refused a dead letter.
TEST_F(LaneCoreIsolationTest, NoRecordDiesThatWasNotRefusedItself) {
  for (std::uint32_t size = 2; size <= 9; ++size) {
    LaneBench bench(small_lane(1, size));
    bench.push(size);
    bool is_well = false;
    bench.serve([&](const Numbers&) {
      return std::exchange(is_well, true) ? delivered() : judged(Verdict::isolate, "refused (400)");
    });
    EXPECT_EQ(bench.account().delivered, size);
    EXPECT_EQ(bench.dead(Dead::refused), 0U) << "of " << size;
  }
}

TEST_F(LaneCoreIsolationTest, TheRestFollowsAtOnceWithoutBackOff) {
  LaneBench bench;
  bench.push(10);
  bench.answer(named({3}));
  EXPECT_EQ(bench.sent(), (Numbers{0, 1, 2, 4, 5, 6, 7, 8, 9}));
}

TEST_F(LaneCoreIsolationTest, HalvesFollowAtOnceWithoutBackOff) {
  for (const Verdict verdict : {Verdict::isolate, Verdict::too_large}) {
    LaneBench bench;
    bench.push(10);
    bench.answer(judged(verdict));
    EXPECT_EQ(bench.sent(), range(0, 5));
    bench.answer(judged(verdict));
    EXPECT_EQ(bench.sent(), range(0, 2));
  }
}

TEST_F(LaneCoreIsolationTest, IfTheFirstHalfPassesTheSecondIsHalvedWithoutBeingSent) {
  LaneBench bench;
  bench.push(8);
  bench.advance(1s);
  bench.answer(judged(Verdict::isolate));
  ASSERT_EQ(bench.sent(), range(0, 4));
  bench.answer(delivered());
  EXPECT_EQ(bench.sent(), range(4, 6));
}

TEST_F(LaneCoreIsolationTest, ATooLargeBatchSaysNothingAboutItsSecondHalf) {
  LaneBench bench;
  bench.push(8);
  bench.advance(1s);
  bench.answer(judged(Verdict::too_large));
  bench.answer(delivered());
  EXPECT_EQ(bench.sent(), range(4, 8));
}

TEST_F(LaneCoreIsolationTest, TooLargeHalvesDownToOneAndASingleOneIsADeadLetter) {
  LaneBench bench;
  bench.push(10);
  bench.serve([](const Numbers& batch) {
    const bool holds_a_giant = std::ranges::find(batch, 7U) != batch.end();
    return batch.size() > 2 || holds_a_giant ? judged(Verdict::too_large) : delivered();
  });
  EXPECT_EQ(bench.account().delivered, 9U);
  EXPECT_EQ(bench.dead(Dead::too_large), 1U);
}

TEST_F(LaneCoreIsolationTest, OneBatchIsIsolatedAtATime) {
  LaneBench bench(small_lane(3));
  bench.push(30);
  ASSERT_EQ(bench.open.size(), 3U);
  bool mixed = false;
  bench.serve([&](const Numbers& batch) {
    std::set<std::uint32_t> isolated;
    for (std::size_t i = 0; i < bench.open.size(); ++i)
      if (bench.sent(i).size() < 10) isolated.insert(bench.sent(i).front() / 10);
    mixed = mixed || isolated.size() > 1;
    return names_none(batch, {4, 15, 26});
  });
  EXPECT_FALSE(mixed);
  EXPECT_EQ(bench.dead(Dead::refused), 3U);
  EXPECT_EQ(bench.account().delivered, 27U);
}

TEST_F(LaneCoreIsolationTest, AnIsolationSurvivesAnOutageInItsMiddle) {
  Random random(3);
  for (int i = 0; i < 200; ++i) {
    LaneBench bench(small_lane(2, 100));
    bench.random = Random(random.next());
    bench.push(300);
    const Poison poison = three_of(300, random);
    bench.serve([&](const Numbers& batch) {
      if (random.below(3) == 0) return back_off();
      return names_none(batch, poison);
    });
    ASSERT_EQ(bench.dead(Dead::refused), 3U);
    ASSERT_EQ(bench.account().delivered, 297U);
  }
}

TEST_F(LaneCoreIsolationTest, ADeadLetterIsReportedWithItsReasonAndKept) {
  LaneBench bench;
  bench.push(10);
  bench.answer(named({1, 2}));
  ASSERT_EQ(bench.buried.size(), 1U);
  EXPECT_EQ(bench.buried[0].records, 2U);
  EXPECT_EQ(bench.buried[0].reason, Dead::refused);
  EXPECT_EQ(bench.buried[0].why, "refused (422)");
  EXPECT_EQ(bench.books().dead_letters.stored, 2U);
  ASSERT_EQ(bench.letters.size(), 2U);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const queue::Letter& letter = bench.letters[i];
    EXPECT_TRUE(letter.slice.bytes().starts_with(std::to_string(i + 1) + ";"));
    EXPECT_EQ(letter.slice.segment->records(), 1U) << "its own bytes and no others'";
    EXPECT_EQ(letter.reason, Dead::refused);
    EXPECT_EQ(letter.answer, "refused (422)");
    EXPECT_EQ(letter.attempts, 1U);
    EXPECT_FALSE(letter.slice.maybe_sent);
  }
}

TEST_F(LaneCoreIsolationTest, ABatchThatIsNamedWholeIsFinished) {
  LaneBench bench(small_lane(1, 3));
  bench.push(3);
  bench.answer(named({0, 1, 2}));
  EXPECT_EQ(bench.dead(Dead::refused), 3U);
  EXPECT_TRUE(bench.open.empty());
  EXPECT_EQ(bench.core.view().parked, 0U);
}

}  // namespace
}  // namespace pannier::deliver
