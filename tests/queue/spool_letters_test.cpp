// Dead letters on their way through the spool's core: written together with the ends of their records, kept
// while the disk fails as far as there is room, removed and replayed as ordered.
#include "tests/queue/spool_bench.h"

namespace pannier::queue {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t memory = 4U << 20U;

struct Letters : SpoolBench {
  explicit Letters(SpoolMode mode) : SpoolBench(spool_of(mode), memory) {
    store.on_access([this]() -> std::optional<Error> {
      if (!code) return std::nullopt;
      return Error{*code, "the disk fails"};
    });
  }
  void die(std::uint32_t records) {
    push(records);
    if (options.mode == SpoolMode::always) advance(50ms);
    take(records);
    bury();
  }
  void order(bool replay) {
    LetterOrder order;
    order.replay = replay;
    order.reason = Purge::by_hand;
    order.token = 7;
    core.order(std::move(order));
    work();
  }
  [[nodiscard]] std::vector<StoredLetter> stored() { return store.letters({}, 1000, nullptr)->letters; }
  [[nodiscard]] observe::DeadLetterBooks letters() const { return books().dead_letters; }
  std::optional<ErrorCode> code;  // of what the disk says; none: it works
};

class SpoolLettersTest : public testing::TestWithParam<SpoolMode> {};

TEST_P(SpoolLettersTest, ADeadLetterIsStoredWithTheEndOfItsRecords) {
  Letters bench(GetParam());
  bench.die(3);
  EXPECT_TRUE(bench.stored().empty()) << "ends are gathered";
  bench.advance(50ms);
  const auto stored = bench.stored();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].records, 3U);
  EXPECT_EQ(stored[0].attempts, 2U);
  EXPECT_EQ(stored[0].answer, "refused");
  EXPECT_EQ(stored[0].died, SpoolBench::died);
  EXPECT_TRUE(bench.store.rows().empty());
  EXPECT_EQ(bench.letters().stored, 3U);
  EXPECT_EQ(bench.store.totals().lanes.at(0).dead[number_of(Dead::refused)], 3U);
}

TEST_P(SpoolLettersTest, APurgeRemovesAllInStepsAndSaysHowMany) {
  Letters bench(GetParam());
  for (int i = 0; i < 700; ++i) bench.die(1);
  bench.advance(50ms);
  ASSERT_EQ(bench.letters().stored, 700U);
  bench.order(false);
  ASSERT_EQ(bench.ordered.size(), 1U);
  EXPECT_EQ(bench.ordered[0].token, 7U);
  EXPECT_EQ(bench.ordered[0].letters, 700U);
  EXPECT_EQ(bench.ordered[0].failure, "");
  EXPECT_TRUE(bench.stored().empty());
  EXPECT_EQ(bench.letters().stored, 0U);
  EXPECT_EQ(bench.letters().purged[number_of(Purge::by_hand)], 700U);
}

TEST_P(SpoolLettersTest, AReplayBringsTheRecordsBackIntoTheirLane) {
  Letters bench(GetParam());
  bench.die(3);
  bench.advance(50ms);
  bench.order(true);
  ASSERT_EQ(bench.ordered.size(), 1U);
  EXPECT_EQ(bench.ordered[0].records, 3U);
  EXPECT_EQ(bench.letters().replayed, 3U);
  EXPECT_EQ(bench.books().lanes[0].accepted, 6U);
  EXPECT_EQ(bench.take_backlog(10), (std::vector<std::string>{"0", "1", "2"}));
  bench.finish();
  bench.advance(50ms);
  EXPECT_EQ(bench.books().lanes[0].delivered, 3U);
  EXPECT_TRUE(bench.store.rows().empty());
}

INSTANTIATE_TEST_SUITE_P(EveryMode, SpoolLettersTest, testing::Values(SpoolMode::overflow, SpoolMode::always),
                         [](const auto& mode) {
                           return mode.param == SpoolMode::always ? "always" : "overflow";
                         });

TEST(SpoolLettersTroubleTest, LettersWaitForADiskThatFails) {
  Letters bench(SpoolMode::overflow);
  bench.code = ErrorCode::io;
  bench.die(3);
  bench.advance(50ms);
  EXPECT_EQ(bench.letters().stored, 3U);
  bench.code.reset();
  bench.advance(5s);
  EXPECT_EQ(bench.stored().size(), 1U);
}

TEST(SpoolLettersTroubleTest, OnAFullDiskTheyGiveWayAndAreCounted) {
  Letters bench(SpoolMode::always);
  bench.die(3);
  bench.code = ErrorCode::limit;
  bench.advance(50ms);
  bench.code.reset();
  bench.advance(5s);
  EXPECT_EQ(bench.letters().purged[number_of(Purge::no_store)], 3U);
  EXPECT_EQ(bench.letters().stored, 0U);
  EXPECT_TRUE(bench.store.rows().empty()) << "the rows go all the same, and make room";
  EXPECT_EQ(bench.store.totals().dead_letters.purged[number_of(Purge::no_store)], 3U);
}

TEST(SpoolLettersTroubleTest, OfManyThatWaitTheOldestGiveWay) {
  Letters bench(SpoolMode::overflow);
  bench.code = ErrorCode::io;
  for (int i = 0; i < 30; ++i) {
    bench.push(1, 60'000);
    bench.take(1);
    bench.bury();
    bench.advance(50ms);
  }
  EXPECT_GT(bench.letters().purged[number_of(Purge::no_store)], 10U);
  EXPECT_GT(bench.letters().stored, 10U);
  bench.code.reset();
  bench.advance(31s);
  EXPECT_EQ(bench.stored().size(), bench.letters().stored);
  EXPECT_EQ(bench.stored().back().records, 1U);
}

TEST(SpoolLettersTroubleTest, ABurstIsKeptWhileTheDiskWorks) {
  Letters bench(SpoolMode::overflow);
  for (int i = 0; i < 30; ++i) bench.push(1, 60'000);
  bench.take(30);
  bench.bury();
  bench.advance(50ms);
  EXPECT_EQ(bench.stored().size(), 30U);
  EXPECT_EQ(bench.letters().purged[number_of(Purge::no_store)], 0U);
}

TEST(SpoolLettersTroubleTest, WhatCouldNotEvenWaitIsDeadAndPurged) {
  Letters bench(SpoolMode::overflow);
  bench.push(5);
  bench.take(5);
  bench.taken.clear();
  const observe::Movement died{observe::Account::dead, number_of(Dead::refused), 0, 5};
  bench.ledger.apply({&died, 1});
  bench.rings.buried(5);
  bench.core.unkept({0, Dead::refused, false}, 5, bench.now);
  bench.advance(50ms);
  EXPECT_EQ(bench.letters().purged[number_of(Purge::no_store)], 5U);
  EXPECT_EQ(bench.letters().stored, 0U);
  EXPECT_EQ(bench.store.totals().lanes.at(0).dead[number_of(Dead::refused)], 5U);
  EXPECT_EQ(bench.store.totals().dead_letters.purged[number_of(Purge::no_store)], 5U);
}

TEST(SpoolLettersTroubleTest, AnOrderThatFailsSaysSo) {
  Letters bench(SpoolMode::overflow);
  bench.die(3);
  bench.advance(50ms);
  bench.code = ErrorCode::io;
  bench.order(false);
  ASSERT_EQ(bench.ordered.size(), 1U);
  EXPECT_NE(bench.ordered[0].failure.find("the disk fails"), std::string::npos);
  bench.code.reset();
  EXPECT_EQ(bench.stored().size(), 1U);
}

TEST(SpoolLettersTroubleTest, OnAFullDiskAnOrderIsCarriedOutAndAnswered) {
  Letters bench(SpoolMode::always);
  bench.die(3);
  bench.advance(50ms);
  bench.code = ErrorCode::limit;
  bench.push(1);
  bench.advance(50ms);
  ASSERT_NE(bench.core.trouble(), "");
  bench.code.reset();
  bench.order(false);
  ASSERT_NE(bench.core.trouble(), "") << "nothing was put since";
  ASSERT_EQ(bench.ordered.size(), 1U);
  EXPECT_EQ(bench.ordered[0].records, 3U);
  EXPECT_EQ(bench.letters().stored, 0U);
}

TEST(SpoolLettersTroubleTest, AnUndurableRecordThatDiedIsAccountedForWithItsLetter) {
  Letters bench(SpoolMode::always);
  bench.code = ErrorCode::io;
  const Pushed pushed = bench.push(4);
  bench.advance(50ms);
  bench.take(4);
  bench.bury();
  bench.advance(50ms);
  EXPECT_LT(bench.rings.accounted(), pushed.ticket) << "a kill would lose it";
  bench.code.reset();
  bench.advance(5s);
  EXPECT_EQ(bench.stored().size(), 1U);
  EXPECT_GE(bench.rings.accounted(), pushed.ticket);
}

}  // namespace
}  // namespace pannier::queue
