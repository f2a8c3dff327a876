// A disk that fails or is full: nothing waits for it that need not, and it is found well again.
#include "tests/queue/spool_bench.h"

namespace pannier::queue {
namespace {

const std::size_t memory = 64 * segment_cost;

struct Trouble : SpoolBench {
  explicit Trouble(const SpoolOptions& spool) : SpoolBench(spool, memory) {
    store.on_access([this]() -> std::optional<Error> {
      if (works) return std::nullopt;
      return Error{ErrorCode::io, "no disk"};
    });
  }
  [[nodiscard]] bool is_calm() const { return !core.wake_at() || *core.wake_at() > now; }
  // Like work(), on a disk that can be read, and where rows can be removed but none added.
  void work_on_a_full_disk() {
    for (int i = 0; i < 1000; ++i) {
      SpoolCore::Work next = core.next(now);
      if (next.empty()) return;
      SpoolCore::Outcome outcome;
      if (!next.writes()) {
        for (const Rings::Wish& wish : next.reads)
          core.read(wish, store.load(wish.rows, wish.bytes, rings.pool()), now, outcome);
        continue;
      }
      works = next.transaction.puts.empty();
      const auto applied = store.apply(next.transaction);
      works = true;
      core.done(std::move(next), applied, store.used_bytes(), now, outcome);
    }
    ADD_FAILURE() << "never comes to rest";
  }
  bool works = true;
};

TEST(SpoolTroubleTest, AfterAFailureThatLeftNothingToWriteTheCoreRestsAndReadsOn) {
  Trouble bench(spool_of(SpoolMode::overflow));
  bench.push(5);
  bench.core.flush();
  bench.work();
  bench.take(5);
  bench.rings.leave_on_disk(0, 5);
  bench.taken.clear();
  bench.push(3);
  bench.works = false;
  bench.core.flush();
  bench.work();
  EXPECT_EQ(bench.core.trouble(), "no disk");
  bench.take(3);
  bench.finish();
  bench.works = true;
  for (int i = 0; i < 100; ++i) {
    bench.advance(1s);
    ASSERT_TRUE(bench.is_calm()) << "it would run in circles";
  }
  bench.push(1);
  bench.core.flush();
  bench.work();
  EXPECT_EQ(bench.core.trouble(), "");
}

TEST(SpoolTroubleTest, OnAFullDiskTheBacklogIsReadAndItsRowsGo) {
  Trouble bench(spool_of(SpoolMode::overflow));
  bench.rings.set_health(0, LaneHealth::failing);
  for (int i = 0; i < 20; ++i) bench.push(1, whole_segment);
  bench.work();
  ASSERT_GT(bench.store.rows().size(), 10U);
  bench.rings.set_health(0, LaneHealth::healthy);
  for (int i = 0; i < 300; ++i) {
    bench.push(1, whole_segment / 4);
    bench.core.flush();
    bench.work_on_a_full_disk();
    bench.take_backlog(1);
    bench.finish();
    bench.now += 1s;
  }
  EXPECT_TRUE(bench.store.rows().empty()) << bench.store.rows().size() << " rows are left";
}

TEST(SpoolTroubleTest, AReadThatFailsIsTriedAgainAndKeepsNobodyFromWriting) {
  Trouble bench(spool_of(SpoolMode::overflow));
  bench.rings.set_health(0, LaneHealth::failing);
  for (int i = 0; i < 20; ++i) bench.push(1, whole_segment);
  bench.rings.set_health(0, LaneHealth::healthy);
  SpoolCore::Work work = bench.core.next(bench.now);
  while (work.writes()) {
    SpoolCore::Outcome outcome;
    const auto applied = bench.store.apply(work.transaction);
    bench.core.done(std::move(work), applied, bench.store.used_bytes(), bench.now, outcome);
    work = bench.core.next(bench.now);
  }
  SpoolCore::Outcome outcome;
  for (const Rings::Wish& wish : work.reads)
    bench.core.read(wish, Error{ErrorCode::io, "bad sector"}, bench.now, outcome);
  EXPECT_EQ(bench.core.trouble(), "bad sector");
  EXPECT_TRUE(bench.is_calm());
  EXPECT_EQ(bench.rings.pending(0).backlog, 0U);
  bench.advance(5s);
  EXPECT_GT(bench.rings.pending(0).backlog, 0U);
}

TEST(SpoolTroubleTest, AFullSpoolThatRefusesTakesWhatFits) {
  SpoolOptions options = spool_of(SpoolMode::overflow, WhenFull::refuse);
  options.bytes = 16 * whole_segment;
  Trouble bench(options);
  for (int i = 0; i < 24; ++i) bench.push(1, whole_segment);
  bench.core.flush();
  bench.work();
  EXPECT_GE(bench.held().spool, 5U);
  EXPECT_EQ(bench.held().spool + bench.held().memory, 24U);
  EXPECT_TRUE(bench.core.is_full());
}

TEST(SpoolTroubleTest, ABatchThatFindsNoRoomIsToldSo) {
  SpoolOptions options = spool_of(SpoolMode::overflow, WhenFull::refuse);
  options.bytes = 2 * whole_segment;
  Trouble bench(options);
  for (int i = 0; i < 2; ++i) bench.push(1, whole_segment);
  bench.take(2);
  bench.core.put_back({0, 7, {bench.taken[0].second, bench.taken[1].second}});
  bench.work();
  ASSERT_EQ(bench.saved.size(), 1U) << "its lane would wait for the answer";
  EXPECT_TRUE(bench.saved[0].rows.empty());
  EXPECT_TRUE(bench.is_calm());
}

TEST(SpoolTroubleTest, ABatchThatWasPutBackIsNotReadBack) {
  Trouble bench(spool_of(SpoolMode::overflow));
  bench.push(20);
  bench.take(8);
  bench.core.put_back({0, 7, {bench.taken[0].second}});
  bench.work();
  ASSERT_EQ(bench.saved.size(), 1U);
  bench.taken[0].second.row = bench.saved[0].rows.at(0);
  bench.rings.leave_on_disk(0, 12);
  std::vector<Rings::Wish> wishes;
  bench.rings.wishes(bench.core.next_row(), wishes);
  for (const Rings::Wish& wish : wishes)
    EXPECT_TRUE(std::ranges::binary_search(wish.rows.except, bench.saved[0].rows[0].id));
  EXPECT_FALSE(wishes.empty() && bench.store.rows().size() > 1);
}

TEST(SpoolTroubleTest, UndurableRecordsThatArePutBackAreAccountedFor) {
  Trouble bench(spool_of(SpoolMode::always));
  bench.works = false;
  const Pushed pushed = bench.push(10);
  bench.work();
  bench.take(4);
  bench.take(6);
  bench.works = true;
  bench.core.put_back({0, 7, {bench.taken[0].second}});
  bench.work();
  EXPECT_LT(bench.rings.accounted(), pushed.ticket) << "six of them are in memory only";
  bench.core.put_back({0, 8, {bench.taken[1].second}});
  bench.work();
  EXPECT_GE(bench.rings.accounted(), pushed.ticket);
}

TEST(SpoolTroubleTest, UndurableRecordsAreLookedForUntilTheyHaveEnded) {
  Trouble bench(spool_of(SpoolMode::always));
  bench.works = false;
  const Pushed first = bench.push(10);
  bench.work();
  bench.take(10);
  EXPECT_LT(bench.rings.accounted(), first.ticket);
  EXPECT_TRUE(bench.rings.awaits_ends());
  bench.finish();
  EXPECT_EQ(bench.rings.accounted(), first.ticket);
  EXPECT_FALSE(bench.rings.awaits_ends());
}

}  // namespace
}  // namespace pannier::queue
