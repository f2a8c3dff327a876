#include "tests/queue/stores.h"

namespace pannier::queue {
namespace {

using SqliteStoreRunsTest = StoreTest;

bool maybe_sent(const Loaded& loaded, RowId row) {
  for (const LoadedRow& one : loaded.rows)
    if (one.row == row) return one.maybe_sent;
  ADD_FAILURE() << "no row " << row;
  return false;
}

TEST_F(SqliteStoreRunsTest, ANewSpoolBeginsWithNothing) {
  const Carried carried = first_run();
  EXPECT_EQ(carried.last_row, 0);
  EXPECT_TRUE(carried.lanes.empty());
  EXPECT_EQ(carried.lost_in_crash, 0U);
  EXPECT_EQ(carried.unknown_ends, 0U);
  EXPECT_TRUE(carried.totals.lanes.empty());
}

TEST_F(SqliteStoreRunsTest, CarriesWhatItHoldsAndItsTotalsOverARegularEnd) {
  first_run();
  must(put({put_of(1, 5), put_of(2, 5, users), put_of(3, 5)}));
  must(finish(whole(1, 5)));
  observe::RunPage page = this->page(30, 20);
  lane_named(page.books, users).accepted = 5;
  page.books.listeners[0].lines = page.books.listeners[0].accepted = 35;
  page.books.destinations[0].on = true;
  must(store().end_run(page));
  const Carried carried = next_run(page);
  EXPECT_EQ(carried.lost_in_crash, 0U);
  EXPECT_GE(carried.last_row, 3);
  ASSERT_EQ(carried.lanes.size(), 2U);
  EXPECT_EQ(carried.lanes[0].name, orders);
  EXPECT_EQ(carried.lanes[0].records, 5U);
  EXPECT_EQ(carried.lanes[0].bytes, 100U);
  EXPECT_EQ(carried.totals.listeners[0].lines, 35U);
  EXPECT_EQ(carried.totals.lanes.at(0).accepted, 30U);
  EXPECT_EQ(carried.totals.lanes[0].delivered, 25U) << "from memory and from the spool";
  expect_balance(carried);
}

TEST_F(SqliteStoreRunsTest, TheSpoolsNumbersAreInTheTotalsWithTheirTransaction) {
  first_run();
  must(put({put_of(1, 10)}));
  Transaction transaction;
  transaction.finishes = {whole(1, 10)};
  const auto refused = static_cast<std::uint8_t>(Dead::refused),
             corrupt = static_cast<std::uint8_t>(Drop::corrupt);
  transaction.numbers = {{orders, observe::Account::stored_delivered, 0, 7},
                         {orders, observe::Account::dead, refused, 2},
                         {{}, observe::Account::purged, number_of(Purge::no_store), 2},
                         {orders, observe::Account::stored_dropped, corrupt, 1}};
  must(store().apply(transaction));
  const Carried carried = next_run(page(10, 0));
  const observe::LaneBooks& lane = carried.totals.lanes.at(0);
  EXPECT_EQ(lane.delivered, 7U);
  EXPECT_EQ(lane.dead[refused], 2U);
  EXPECT_EQ(lane.dropped[corrupt], 1U);
  EXPECT_EQ(carried.totals.dead_letters.purged[static_cast<std::size_t>(Purge::no_store)], 2U);
  expect_balance(carried);
}

TEST_F(SqliteStoreRunsTest, RefusesANumberThatIsNotTheSpools) {
  Transaction transaction;
  transaction.numbers = {{orders, observe::Account::delivered, 0, 7}};
  EXPECT_FALSE(store().apply(transaction));
}

TEST_F(SqliteStoreRunsTest, AKilledRunLosesWhatItHadNeitherFinishedNorPut) {
  first_run();
  must(put({put_of(1, 5)}));
  Carried carried = next_run(page(100, 60));
  EXPECT_EQ(carried.lost_in_crash, 35U);
  EXPECT_EQ(carried.totals.lanes.at(0).lost_in_crash, 35U);
  EXPECT_EQ(carried.unknown_ends, 0U);
  expect_balance(carried);
  carried = next_run(page(10, 10));
  EXPECT_EQ(carried.lost_in_crash, 0U) << "of the last run";
  EXPECT_EQ(carried.totals.lanes.at(0).lost_in_crash, 35U) << "of all";
  EXPECT_EQ(carried.totals.lanes[0].accepted, 110U);
  expect_balance(carried);
}

TEST_F(SqliteStoreRunsTest, APageIsAccountedForOnce) {
  first_run();
  const observe::RunPage page = this->page(100, 60);
  next_run(page);
  const Carried carried = next_run(page);
  EXPECT_EQ(carried.lost_in_crash, 0U) << "killed before its page was begun: it had accepted nothing";
  EXPECT_EQ(carried.totals.lanes.at(0).accepted, 100U);
  EXPECT_EQ(carried.unknown_ends, 0U);
  must(store().end_run(page));
  EXPECT_EQ(next_run(page).totals.lanes.at(0).accepted, 100U) << "nor is another run's page this one's end";
}

TEST_F(SqliteStoreRunsTest, ARegularEndAfterARegularEndChangesNothing) {
  first_run();
  const observe::RunPage page = this->page(100, 100);
  must(store().end_run(page));
  must(store().end_run(page));
  EXPECT_EQ(next_run(page).totals.lanes.at(0).accepted, 100U);
}

TEST_F(SqliteStoreRunsTest, AfterAPowerCutNobodyKnowsWhatWasLostAndAllMayHaveBeenSent) {
  first_run();
  must(put({put_of(1, 5), put_of(2, 5, users)}));
  const Carried carried = next_run(page(3, 1), "another boot");
  EXPECT_FALSE(carried.lost_in_crash);
  EXPECT_EQ(carried.unknown_ends, 1U);
  EXPECT_EQ(carried.totals.lanes.at(0).accepted, 6U) << "the page is older than the spool";
  expect_balance(carried);
  const RowId later = carried.last_row + 1;
  must(put({put_of(later, 5)}));
  const Loaded loaded = load({orders, 0, later + 1, {}});
  EXPECT_TRUE(maybe_sent(loaded, 1));
  EXPECT_FALSE(maybe_sent(loaded, later)) << "it came later";
  EXPECT_TRUE(maybe_sent(load(all(users)), 2));
}

TEST_F(SqliteStoreRunsTest, WithoutItsPageARunsEndIsUnknownAndItsRecordsAreStillAccountedFor) {
  first_run();
  must(put({put_of(1, 5)}));
  const Carried carried = next_run(std::nullopt);
  EXPECT_FALSE(carried.lost_in_crash);
  EXPECT_EQ(carried.unknown_ends, 1U);
  EXPECT_EQ(carried.totals.lanes.at(0).accepted, 5U);
  EXPECT_TRUE(maybe_sent(load(all()), 1));
  expect_balance(carried);
}

TEST_F(SqliteStoreRunsTest, AnOtherBootAfterARegularEndIsNothingSpecial) {
  first_run();
  must(put({put_of(1, 5)}));
  const observe::RunPage page = this->page(5, 0);
  must(store().end_run(page));
  const Carried carried = next_run(page, "another boot");
  EXPECT_EQ(carried.lost_in_crash, 0U);
  EXPECT_FALSE(maybe_sent(load(all()), 1));
}

TEST_F(SqliteStoreRunsTest, RowsThatWereInFlightAtAKillMayHaveBeenSent) {
  first_run();
  for (RowId row = 1; row <= 9; ++row) must(put({put_of(row, 5, row == 4 ? users : orders)}));
  observe::RunPage page = this->page(40, 0);
  lane_named(page.books, users).accepted = 5;
  page.windows = {{{{2, 3}, {8, 8}}}, {{{}, {}}}};
  next_run(page);
  const auto expect_marks = [&] {
    const Loaded loaded = load(all());
    for (const RowId row : {2, 3, 8}) EXPECT_TRUE(maybe_sent(loaded, row)) << row;
    for (const RowId row : {1, 5, 6, 7, 9}) EXPECT_FALSE(maybe_sent(loaded, row)) << row;
    EXPECT_FALSE(maybe_sent(load(all(users)), 4));
  };
  expect_marks();
  must(store().tidy());
  next_run(this->page(0, 0));
  expect_marks();
}

TEST_F(SqliteStoreRunsTest, RowsThatWereInFlightAtARegularEndMayHaveBeenSent) {
  first_run();
  must(put({put_of(1, 5), put_of(2, 5)}));
  observe::RunPage page = this->page(10, 0);
  page.windows = {{{{2, 2}, {}}}};
  must(store().end_run(page));
  next_run(std::nullopt);
  const Loaded loaded = load(all());
  EXPECT_FALSE(maybe_sent(loaded, 1));
  EXPECT_TRUE(maybe_sent(loaded, 2));
}

TEST_F(SqliteStoreRunsTest, AWindowIsForgottenWhenItsRowsAreGone) {
  first_run();
  must(put({put_of(1, 5), put_of(2, 5), put_of(3, 5)}));
  observe::RunPage page = this->page(15, 0);
  page.windows = {{{{1, 1}, {2, 3}}}};
  next_run(page);
  must(finish(whole(1, 5)));
  must(finish(whole(2, 5)));
  must(store().tidy());
  EXPECT_TRUE(maybe_sent(load(all()), 3)) << "one of its rows is left";
  EXPECT_EQ(number("SELECT count(*) FROM windows"), 1);
  must(finish(whole(3, 5)));
  must(store().tidy());
  EXPECT_EQ(number("SELECT count(*) FROM windows"), 0);
}

TEST_F(SqliteStoreRunsTest, WindowsOfManyKillsStayFew) {
  first_run();
  std::vector<Put> puts;
  for (RowId row = 1; row <= 400; ++row) puts.push_back(put_of(row, 1));
  must(put(puts));
  for (RowId row = 2; row <= 400; row += 4) {
    observe::RunPage page = this->page(row == 2 ? 400 : 0, 0);
    page.windows = {{{{row, row}, {row, row + 1}}}};
    must(store().begin_run(++run_, "boot", page));
  }
  const Loaded loaded = load(all());
  for (RowId row = 2; row <= 400; row += 4) EXPECT_TRUE(maybe_sent(loaded, row)) << row;
  EXPECT_FALSE(maybe_sent(loaded, 1));
  EXPECT_FALSE(maybe_sent(loaded, 396)) << "the newest are told apart";
  EXPECT_EQ(number("SELECT count(*) FROM windows"), static_cast<std::int64_t>(WindowTable::most_of_lane));
}

TEST_F(SqliteStoreRunsTest, NumbersThatThisVersionDoesNotKnowStayWhereTheyAre) {
  first_run();
  alter("INSERT INTO totals VALUES ('lane malti/orders', 'taught', 'sometimes', 5)");
  next_run(page(10, 10));
  EXPECT_EQ(number("SELECT value FROM totals WHERE what = 'taught'"), 5);
}

}  // namespace
}  // namespace pannier::queue
