// A lane beside a spool: what lies on disk is sent in turns with what is fresh, ends there are told to the
// spool, and at the daemon's end all goes to disk.
#include "tests/deliver/lane_bench.h"

namespace pannier::deliver {
namespace {

using observe::Account;

struct SpoolLane : LaneBench {
  explicit SpoolLane(const LaneOptions& options = small_lane())
      : LaneBench(options, true, 0, 64U << 20U, queue::SpoolMode::overflow) {}

  // A row of `count` records, numbered from `first` on, was read back from the disk.
  void read_back(std::uint32_t first, std::uint32_t count, bool maybe_sent = false,
                 std::uint32_t attempts = 0) {
    rings.carry_in(lane, count);
    queue::LoadedRow row = row_of(first, count);
    row.maybe_sent = maybe_sent;
    row.attempts = attempts;
    load(row);
  }
  // The spool has put a batch on disk.
  void saved(std::size_t which = 0) {
    SavedBatch event{saving.at(which).batch, {}};
    for (const queue::Slice& slice : saving[which].slices)
      event.rows.push_back({++last_row, slice.first, slice.records()});
    tell(event);
  }
  [[nodiscard]] std::uint32_t ended(Account account) const {
    std::uint32_t records = 0;
    for (const queue::RowEnd& end : rows) records += end.account == account ? end.last - end.first : 0;
    return records;
  }
};

TEST(LaneCoreSpoolTest, WhatIsReadBackIsSentAtOnceAndItsEndToldToTheSpool) {
  SpoolLane bench;
  bench.read_back(100, 10);
  EXPECT_EQ(bench.sent(), range(100, 110));
  bench.answer(delivered());
  EXPECT_EQ(bench.ended(Account::stored_delivered), 10U);
  EXPECT_EQ(bench.account().delivered, 10U);
}

TEST(LaneCoreSpoolTest, BacklogAndFreshTakeTurns) {
  SpoolLane bench;
  for (std::uint32_t i = 0; i < 10; ++i) bench.read_back(1000 + 10 * i, 10);
  bench.push(50);
  int fresh = 0, old = 0;
  for (int i = 0; i < 10; ++i) {
    ASSERT_FALSE(bench.open.empty());
    (bench.sent().front() >= 1000 ? old : fresh) += 1;
    bench.answer(delivered());
    EXPECT_LE(std::abs(old - fresh), 1);
  }
  EXPECT_EQ(old, 5);
}

TEST(LaneCoreSpoolTest, AFailingLaneProbesWithTheBacklogToo) {
  SpoolLane bench;
  bench.push(10);
  bench.answer(back_off());
  bench.read_back(1000, 10);
  bench.serve([](const Numbers&) { return delivered(); }, 1min);
  EXPECT_EQ(bench.account().delivered, 20U);
}

TEST(LaneCoreSpoolTest, EndsOfEveryKindAreToldByRecord) {
  SpoolLane bench;
  bench.read_back(1000, 10);
  bench.answer(named({2, 7}));
  EXPECT_EQ(bench.ended(Account::dead), 2U);
  ASSERT_EQ(bench.rows.size(), 2U);
  EXPECT_EQ(bench.rows[0].first, 2U);
  EXPECT_EQ(bench.rows[1].first, 7U);
  EXPECT_EQ(bench.sent().size(), 8U);
  Judgement partly = delivered();
  partly.not_taken = 3;
  bench.answer(partly);
  EXPECT_EQ(bench.ended(Account::stored_delivered), 5U);
  EXPECT_EQ(bench.ended(Account::stored_dropped), 3U);
  EXPECT_EQ(bench.books().dead_letters.stored, 2U);
}

TEST(LaneCoreSpoolTest, WhatAKilledRunMayHaveSentIsCountedOnce) {
  SpoolLane bench;
  bench.read_back(1000, 10, true);
  EXPECT_EQ(bench.account().maybe_twice, 10U);
  bench.answer(back_off());
  bench.serve([](const Numbers&) { return delivered(); }, 1min);
  EXPECT_EQ(bench.account().maybe_twice, 10U) << "a known failure adds no doubt";
  bench.read_back(2000, 10, true);
  bench.answer(unknown_outcome());
  bench.serve([](const Numbers&) { return delivered(); }, 1min);
  EXPECT_EQ(bench.account().maybe_twice, 30U) << "an unknown one does";
}

TEST(LaneCoreSpoolTest, AttemptsOfARunBeforeCount) {
  LaneOptions options = small_lane(1);
  options.retry.max_attempts = 3;
  SpoolLane bench(options);
  bench.read_back(100, 4, false, 2);
  bench.read_back(200, 4, false, 0);
  EXPECT_EQ(bench.sent(), range(100, 104)) << "what was tried more often goes by itself";
  bench.answer(back_off());
  EXPECT_EQ(bench.ended(Account::dead), 4U);
  bench.serve([](const Numbers&) { return delivered(); }, 1min);
  EXPECT_EQ(bench.ended(Account::stored_delivered), 4U);
}

TEST(LaneCoreSpoolTest, AtTheEndABatchIsPutOnDiskWithItsAttempts) {
  SpoolLane bench(small_lane(1));
  bench.push(10);
  bench.answer(back_off());
  bench.tell(Save{});
  ASSERT_EQ(bench.saving.size(), 1U);
  for (const queue::Slice& slice : bench.saving[0].slices) {
    EXPECT_EQ(slice.attempts, 1U);
    EXPECT_FALSE(slice.maybe_sent) << "it came to nothing for certain";
  }
}

TEST(LaneCoreSpoolTest, AtTheEndWhatIsOpenAndWhatWaitsAgainGoesToDiskWhileItIsSent) {
  SpoolLane bench(small_lane(1));
  bench.push(10);
  bench.tell(Stop{bench.now + 10s, true, bench.now + 11s});
  ASSERT_EQ(bench.saving.size(), 1U);
  EXPECT_TRUE(bench.saving[0].slices[0].maybe_sent) << "it is in flight";
  bench.answer(delivered());
  EXPECT_EQ(bench.account().delivered, 0U) << "where its end is booked is not known yet";
  EXPECT_EQ(bench.books().lanes[0].held.in_flight, 10U);
  bench.saved();
  EXPECT_EQ(bench.account().delivered, 10U);
  EXPECT_EQ(bench.ended(Account::stored_delivered), 10U);
  EXPECT_TRUE(bench.core.finished());
}

TEST(LaneCoreSpoolTest, GoesToDiskBeforeTheDoorsAreShutAndOnlyOnce) {
  SpoolLane bench(small_lane(1));
  bench.push(25);
  bench.tell(Save{});
  ASSERT_EQ(bench.saving.size(), 1U);
  bench.tell(Stop{bench.now + 10s, true, bench.now + 11s});
  EXPECT_EQ(bench.saving.size(), 1U) << "it is on its way";
  bench.saved();
  bench.answer(delivered());
  EXPECT_EQ(bench.saving.size(), 2U) << "what is taken later goes there too";
}

TEST(LaneCoreSpoolTest, WhatIsOnDiskAtTheDeadlineIsLeftThereAndNotDropped) {
  SpoolLane bench(small_lane(1));
  bench.push(10);
  bench.tell(Stop{bench.now + 10s, true, bench.now + 11s});
  bench.saved();
  bench.advance(10s);
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 0U);
  EXPECT_EQ(bench.books().lanes[0].held.spool, 10U);
}

TEST(LaneCoreSpoolTest, WhatTheDiskWouldNotTakeIsDroppedAndCountedAtTheEnd) {
  SpoolLane bench(small_lane(1));
  bench.push(10);
  bench.tell(Stop{bench.now + 10s, true, bench.now + 11s});
  bench.tell(SavedBatch{bench.saving.at(0).batch, {}});
  bench.advance(11s);
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 10U);
}

TEST(LaneCoreSpoolTest, AFailingLaneThatWaitsForTheDiskDoesNotRunInCircles) {
  SpoolLane bench(small_lane(1));
  bench.push(10);
  bench.answer(back_off());
  bench.tell(Stop{bench.now + 10s, true, bench.now + 3s});
  ASSERT_TRUE(bench.timer);
  EXPECT_GT(*bench.timer, bench.now);
  bench.push(10);
  bench.tell(Woken{});
  EXPECT_GT(*bench.timer, bench.now);
}

TEST(LaneCoreSpoolTest, ADiskThatDoesNotAnswerIsWaitedForUntilItsOwnDeadlineOnly) {
  SpoolLane bench(small_lane(1));
  bench.push(10);
  bench.tell(Stop{bench.now, false, bench.now + 3s});
  bench.advance(2900ms);
  EXPECT_FALSE(bench.core.finished());
  bench.advance(200ms);
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.dropped(Drop::shutdown), 0U) << "it may be writing them right now";
  EXPECT_EQ(bench.books().lanes[0].held.memory, 10U);
  bench.saved();
  EXPECT_EQ(bench.books().lanes[0].held.spool, 10U);
}

TEST(LaneCoreSpoolTest, ABackendThatFailsIsNotWaitedForOnceAllIsOnDisk) {
  SpoolLane bench(small_lane(1));
  bench.push(10);
  bench.tell(Stop{bench.now + 10s, true, bench.now + 11s});
  bench.saved();
  bench.answer(back_off());
  bench.advance(bench.next_try());
  bench.answer(back_off());
  EXPECT_TRUE(bench.core.finished()) << "one try of the drain's own is enough";
  EXPECT_EQ(bench.books().lanes[0].held.spool, 10U);
}

TEST(LaneCoreSpoolTest, ADrainLeavesTheBacklogWhereItIs) {
  SpoolLane bench;
  bench.push(3);
  bench.tell(Stop{bench.now + 10s, true, bench.now + 11s});
  bench.read_back(1000, 10);
  for (std::size_t i = 0; i < bench.saving.size(); ++i) bench.saved(i);
  bench.answer(delivered());
  EXPECT_TRUE(bench.core.finished());
  EXPECT_EQ(bench.account().delivered, 3U);
  EXPECT_EQ(bench.books().lanes[0].held.spool, 10U);
}

}  // namespace
}  // namespace pannier::deliver
