#include "queue/sqlite_store.h"

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "tests/queue/stores.h"

namespace pannier::queue {
namespace {

using Rows = std::vector<RowId>;
using SqliteStoreTest = StoreTest;

TEST_F(SqliteStoreTest, GivesBackWhatWasPut) {
  Put put = put_of(7, 3);
  put.slice.attempts = 4;
  put.slice.maybe_sent = true;
  put.slice.segment->set_format(3);
  must(StoreTest::put({put}));
  const Loaded loaded = load(all());
  ASSERT_EQ(loaded.rows.size(), 1U);
  const LoadedRow& row = loaded.rows[0];
  EXPECT_EQ(row.row, 7);
  ASSERT_TRUE(row.segment);
  ASSERT_EQ(row.segment->records(), 3U);
  EXPECT_EQ(row.segment->format(), 3U);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(row.segment->bytes(i, i + 1), record_of(7, i, 20));
  EXPECT_EQ(row.records, 3U);
  EXPECT_EQ(row.arrived, noon + std::chrono::seconds(7));
  EXPECT_EQ(row.attempts, 4U);
  EXPECT_TRUE(row.maybe_sent);
  ASSERT_EQ(row.left.size(), 1U);
  EXPECT_EQ(row.left[0].last, 3U);
  EXPECT_EQ(loaded.up_to, 999'999'999);
}

TEST_F(SqliteStoreTest, ARowHoldsOnlyItsSliceOfTheSegment) {
  Put put = put_of(1, 10);
  put.slice.first = 4;
  put.slice.last = 6;
  must(StoreTest::put({put}));
  const Loaded loaded = load(all());
  ASSERT_EQ(loaded.rows.at(0).records, 2U);
  EXPECT_EQ(loaded.rows[0].segment->bytes(0, 1), record_of(1, 4, 20));
  EXPECT_EQ(loaded.rows[0].segment->bytes(1, 2), record_of(1, 5, 20));
}

TEST_F(SqliteStoreTest, TakesRowsThatAreEmptyOrHuge) {
  Put none = put_of(1, 0);
  Put blank = put_of(2, 0);
  blank.slice = {pool_->make_filled("", std::vector<std::uint32_t>{0, 0}), 0, 2};
  must(put({none, blank, put_of(3, 1, orders, 5'000'000), put_of(4, 200'000, orders, 8)}));
  const Loaded loaded = load(all());
  ASSERT_EQ(ids(loaded), (Rows{1, 2, 3, 4}));
  EXPECT_EQ(loaded.rows[0].segment->records(), 0U);
  EXPECT_TRUE(loaded.rows[0].left.empty());
  EXPECT_EQ(loaded.rows[1].segment->records(), 2U);
  EXPECT_EQ(loaded.rows[2].segment->bytes(0, 1).size(), 5'000'000U);
  EXPECT_EQ(loaded.rows[3].segment->bytes(199'999, 200'000), record_of(4, 199'999, 8));
}

TEST_F(SqliteStoreTest, ReadsTheOldestOfALaneWithinTheBytesButOneAtLeast) {
  must(put({put_of(1, 5), put_of(2, 5, users), put_of(3, 5), put_of(4, 5), put_of(9, 5)}));
  EXPECT_EQ(rows(), (Rows{1, 3, 4, 9}));
  EXPECT_EQ(rows(users), (Rows{2}));
  EXPECT_TRUE(rows("malti/nobody").empty());
  const Loaded two = load(all(), 200);
  EXPECT_EQ(ids(two), (Rows{1, 3}));
  EXPECT_EQ(two.up_to, 3);
  EXPECT_EQ(ids(load(all(), 1)), (Rows{1}));
  const Loaded middle = load({orders, 1, 9, {4}});
  EXPECT_EQ(ids(middle), (Rows{3}));
  EXPECT_EQ(middle.up_to, 8) << "there is none left below 9 that was to be read";
  EXPECT_EQ(load({users, 2, 9, {}}).up_to, 8);
}

TEST_F(SqliteStoreTest, ATrialWritesEachTime) {
  must(StoreTest::put({put_of(1, 1)}));
  Transaction trial;
  trial.is_trial = true;
  for (int i = 0; i < 3; ++i) {
    const auto before = std::filesystem::file_size(options_.path + "-wal");
    must(store().apply(trial));
    EXPECT_GT(std::filesystem::file_size(options_.path + "-wal"), before) << "trial " << i;
  }
}

TEST_F(SqliteStoreTest, AFailedTransactionLeavesNothing) {
  first_run();
  must(put({put_of(1, 5), put_of(2, 5)}));
  Transaction transaction;
  transaction.make_room = {{all(), 1}};
  transaction.puts = {put_of(3, 5, users), put_of(2, 5), put_of(4, 5)};
  transaction.finishes = {whole(2, 5)};
  transaction.numbers = {{orders, observe::Account::stored_delivered, 0, 5}};
  const auto failed = store().apply(transaction);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find(options_.path), std::string::npos) << failed.error().message;
  EXPECT_EQ(rows(), (Rows{1, 2}));
  EXPECT_TRUE(rows(users).empty());
  transaction.puts.erase(transaction.puts.begin() + 1);
  ASSERT_TRUE(store().apply(transaction)) << "the same without the faulty one";
  EXPECT_EQ(rows(), (Rows{4}));
  const Carried carried = next_run(page(20, 0));
  ASSERT_EQ(carried.lanes.size(), 2U);
  EXPECT_EQ(carried.lanes[0].records, 5U);
  EXPECT_EQ(carried.lanes[1].records, 5U);
  EXPECT_GE(carried.last_row, 4);
  expect_balance(carried);
}

TEST_F(SqliteStoreTest, NoRowIsEverGivenTwiceEvenIfTheTransactionThatReservedItsNumberFailed) {
  Transaction faulty;
  faulty.puts = {put_of(20'000, 1), put_of(20'000, 1)};
  EXPECT_FALSE(store().apply(faulty));
  must(put({put_of(20'000, 1)}));
  must(finish(whole(20'000, 1)));
  EXPECT_GE(next_run(page(1, 0)).last_row, 20'000);
}

TEST_F(SqliteStoreTest, AFinishedRowIsGoneForGood) {
  must(put({put_of(1, 5), put_of(2, 5)}));
  must(finish(whole(1, 5)));
  EXPECT_EQ(rows(), (Rows{2}));
  must(finish(whole(1, 5)));
  kill();
  EXPECT_EQ(rows(), (Rows{2}));
}

TEST_F(SqliteStoreTest, RemembersWhatOfARowIsFinished) {
  first_run();
  must(put({put_of(1, 10)}));
  must(finish({1, orders, 2, false, {{3, 5}}}));
  must(finish({1, orders, 3, false, {{0, 1}, {3, 7}}}));
  kill();
  const Loaded loaded = load(all());
  ASSERT_EQ(loaded.rows.size(), 1U);
  EXPECT_EQ(loaded.rows[0].records, 10U);
  ASSERT_EQ(loaded.rows[0].left.size(), 2U);
  EXPECT_EQ(loaded.rows[0].left[0].first, 1U);
  EXPECT_EQ(loaded.rows[0].left[0].last, 3U);
  EXPECT_EQ(loaded.rows[0].left[1].first, 7U);
  Carried carried = next_run(page(10, 0));
  EXPECT_EQ(carried.lanes.at(0).records, 5U);
  expect_balance(carried);
  must(finish(whole(1, 5)));
  carried = next_run(page(0, 0));
  EXPECT_TRUE(carried.lanes.empty());
  expect_balance(carried);
  EXPECT_EQ(number("SELECT count(*) FROM progress"), 0);
}

TEST_F(SqliteStoreTest, MakesRoomByTheOldestOfALaneAndCountsThemAsDropped) {
  first_run();
  must(put({put_of(1, 5), put_of(2, 5, users), put_of(3, 5), put_of(4, 5), put_of(5, 5)}));
  must(finish({3, orders, 2, false, {{0, 2}}}));
  Transaction transaction;
  transaction.make_room = {{{orders, 0, 6, {1}}, 150}, {{"malti/nobody", 0, 6, {}}, 150}};
  const Applied applied = must(store().apply(transaction));
  ASSERT_EQ(applied.made_room.size(), 2U);
  EXPECT_EQ(applied.made_room[0].rows, 2U);
  EXPECT_EQ(applied.made_room[0].records, 8U);
  EXPECT_EQ(applied.made_room[0].bytes, 200U);
  EXPECT_EQ(applied.made_room[1].rows, 0U);
  EXPECT_EQ(rows(), (Rows{1, 5}));
  EXPECT_EQ(rows(users), (Rows{2}));
  const Carried carried = next_run(page(20, 0));
  EXPECT_EQ(observe::sum(carried.totals.lanes.at(0).dropped), 8U);
  EXPECT_EQ(carried.totals.lanes[0].dropped[static_cast<std::size_t>(Drop::full)], 8U);
  expect_balance(carried);
}

TEST_F(SqliteStoreTest, WhatWasCommittedIsThereAfterAKill) {
  for (RowId row = 1; row <= 50; ++row) {
    must(put({put_of(row, 20)}));
    if (row % 2 == 0) must(finish(whole(row - 1, 20)));
  }
  kill();
  EXPECT_EQ(rows().size(), 25U);
  EXPECT_EQ(must(store().oldest_arrival()), noon + std::chrono::seconds(2));
}

TEST_F(SqliteStoreTest, KnowsTheOldestArrival) {
  EXPECT_FALSE(must(store().oldest_arrival()));
  must(put({put_of(5, 1, users), put_of(6, 1)}));
  EXPECT_EQ(must(store().oldest_arrival()), noon + std::chrono::seconds(5));
  must(finish(whole(5, 1, users)));
  EXPECT_EQ(must(store().oldest_arrival()), noon + std::chrono::seconds(6));
}

class DamagedRowTest : public StoreTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(DamagedRowTest, ComesWithoutItsSegmentAndItsNeighboursWhole) {
  must(put({put_of(1, 5), put_of(2, 5), put_of(3, 5)}));
  must(finish({2, orders, 2, false, {{0, 2}}}));
  alter(std::string("UPDATE segments SET ") + GetParam() + " WHERE id = 2");
  const Loaded loaded = load(all());
  ASSERT_EQ(ids(loaded), (Rows{1, 2, 3}));
  EXPECT_TRUE(loaded.rows[0].segment && loaded.rows[2].segment);
  EXPECT_FALSE(loaded.rows[1].segment);
  EXPECT_EQ(loaded.rows[1].left.at(0).first, 2U) << "what was finished of it stays finished";
  must(finish(whole(2, 3)));
  EXPECT_EQ(rows(), (Rows{1, 3}));
}

INSTANTIATE_TEST_SUITE_P(EachColumn, DamagedRowTest,
                         ::testing::Values("content = CAST(replace(content, '2.3;', '2.4;') AS BLOB)",
                                           "content = x''", "ends = zeroblob(20)", "ends = x'00'",
                                           "attempts = 1", "maybe_sent = 1", "arrived = arrived + 1",
                                           "records = 4", "checksum = checksum + 1", "format = 1"));

TEST_F(SqliteStoreTest, ARowOfAnotherLaneIsDamagedToo) {
  must(put({put_of(1, 5), put_of(2, 5, users)}));
  alter("UPDATE segments SET lane = 1 WHERE id = 2");
  const Loaded loaded = load(all());
  ASSERT_EQ(ids(loaded), (Rows{1, 2}));
  EXPECT_FALSE(loaded.rows[1].segment) << "another lane's";
  must(finish(whole(1, 5)));
  must(finish(whole(2, 5)));
  EXPECT_TRUE(must(store().begin_run(1, "boot", std::nullopt)).lanes.size() == 1) << "never below zero";
}

TEST_F(SqliteStoreTest, SpaceOfFinishedRowsIsUsedAgainAndGivenBack) {
  for (RowId row = 1; row <= 50; ++row) must(put({put_of(row, 500, orders, 200)}));
  const std::uint64_t full = store().used_bytes();
  EXPECT_GT(full, 50U * 100'000U);
  for (RowId row = 1; row <= 50; ++row) must(finish(whole(row, 500)));
  EXPECT_LT(store().used_bytes(), 200'000U);
  int steps = 0;
  while (must(store().tidy())) ASSERT_LT(++steps, 1000);
  EXPECT_GT(steps, 2) << "in small steps";
  EXPECT_LT(std::filesystem::file_size(options_.path), 1'500'000U);
  EXPECT_FALSE(must(store().tidy()));
}

TEST_F(SqliteStoreTest, ItsLogStaysSmall) {
  for (RowId row = 1; row <= 200; ++row) {
    must(put({put_of(row, 500, orders, 200)}));
    if (row > 10) must(finish(whole(row - 10, 500)));
    ASSERT_LT(std::filesystem::file_size(options_.path + "-wal"), 5U << 20U);
  }
  EXPECT_LT(store().file_bytes(), 8U << 20U);
}

std::uint64_t bytes_read() {
  std::ifstream io("/proc/self/io");
  for (std::string name, value; io >> name >> value;)
    if (name == "rchar:") return std::stoull(value);
  ADD_FAILURE() << "no rchar";
  return 0;
}

TEST_F(SqliteStoreTest, OpeningReadsLittleWhateverLiesThere) {
  first_run();
  for (RowId row = 1; row <= 100'000;) {
    Transaction transaction;
    for (int i = 0; i < 1000; ++i) transaction.puts.push_back(put_of(row++, 1, orders, 100));
    must(store().apply(transaction));
  }
  const std::uint64_t before_kill = bytes_read();
  kill();
  const std::uint64_t copied = bytes_read() - before_kill;
  ASSERT_GT(copied, 10U << 20U) << "what the copying reads shows that reading is counted";
  const std::uint64_t before = bytes_read();
  const Carried carried = must(store().begin_run(2, "boot", page(100'000, 0)));
  EXPECT_EQ(load(all(), 64 * 1024).rows.size(), 655U);
  EXPECT_LT(bytes_read() - before, 4U << 20U);
  EXPECT_EQ(carried.lanes.at(0).records, 100'000U);
  EXPECT_EQ(carried.lost_in_crash, 0U);
}

TEST_F(SqliteStoreTest, NoticesThatItsFileWasTakenAway) {
  EXPECT_FALSE(store().is_moved());
  std::filesystem::remove(options_.path);
  EXPECT_TRUE(store().is_moved());
}

}  // namespace
}  // namespace pannier::queue
