// Dead letters in the spool's file: kept with what is known of them, within their bounds, until they are
// removed or become rows again; their sum balances over runs.
#include "observe/totals.h"
#include "tests/queue/stores.h"

namespace pannier::queue {
namespace {

class SqliteStoreLettersTest : public StoreTest {
 protected:
  LetterPut letter_of(LetterId id, std::uint32_t records, std::string_view lane = orders,
                      std::size_t bytes = 20) {
    Letter letter;
    letter.slice = put_of(id, records, lane, bytes).slice;
    letter.slice.segment->set_format(2);
    letter.slice.maybe_sent = id % 2 == 0;
    letter.reason = id % 2 == 0 ? Dead::max_age : Dead::refused;
    letter.attempts = static_cast<std::uint32_t>(id);
    letter.answer = "refused (422) #" + std::to_string(id);
    letter.died = noon + std::chrono::hours(id);
    return {id, lane, letter};
  }
  Result<Applied> bury(std::vector<LetterPut> letters, std::uint64_t most_bytes = 64U << 20U) {
    Transaction transaction;
    for (const LetterPut& put : letters) {
      const std::uint64_t records = put.letter.slice.records();
      transaction.numbers.push_back({put.lane, observe::Account::died_unstored, 0, records});
      transaction.numbers.push_back(
          {put.lane, observe::Account::dead, number_of(put.letter.reason), records});
    }
    transaction.letters = std::move(letters);
    transaction.letter_bytes = most_bytes;
    return store().apply(transaction);
  }
  Result<Applied> remove(LetterSelection which, std::size_t most = 100) {
    Transaction transaction;
    transaction.removal = {.which = std::move(which),
                           .most = most,
                           .replay = false,
                           .reason = Purge::by_hand,
                           .first_row = 0,
                           .destinations = {}};
    return store().apply(transaction);
  }
  Result<Applied> replay(LetterSelection which, RowId first_row, std::size_t most = 100) {
    Transaction transaction;
    transaction.removal = {.which = std::move(which),
                           .most = most,
                           .replay = true,
                           .reason = {},
                           .first_row = first_row,
                           .destinations = {observe::DestinationId::malti, observe::DestinationId::local}};
    return store().apply(transaction);
  }
  template <typename Change>
  static LetterSelection with(Change change) {
    LetterSelection which;
    change(which);
    return which;
  }
  static LetterSelection these(std::vector<LetterId> ids) {
    return with([&](auto& which) { which.ids = std::move(ids); });
  }
  std::vector<LetterId> listed(const LetterSelection& which = {}, std::size_t most = 100) {
    std::vector<LetterId> listed;
    for (const StoredLetter& letter : must(store().letters(which, most, nullptr)).letters)
      listed.push_back(letter.id);
    return listed;
  }
  // A run that accepted so many for `orders` and was killed.
  Carried after_a_kill(std::uint64_t accepted) {
    observe::RunPage page{1, "boot", {}, {}};
    observe::LaneBooks& lane = lane_named(page.books, orders);
    lane.destination = observe::DestinationId::malti;
    lane.accepted = accepted;
    page.books.listeners[0].lines = page.books.listeners[0].accepted = accepted;
    for (const auto on : {observe::DestinationId::malti, observe::DestinationId::local}) {
      observe::DestinationBooks& destination = page.books.destinations[static_cast<std::size_t>(on)];
      destination.on = true;
      destination.offered = accepted;
      if (on == observe::DestinationId::local) destination.left_out[0] = accepted;
    }
    kill();
    page.run = run_;
    return must(store().begin_run(++run_, "boot", page));
  }
  // With what is stored now, all sums hold.
  static void expect_letters_balance(const Carried& carried) {
    observe::Books totals = carried.totals;
    totals.dead_letters.stored = carried.letters;
    for (const CarriedLane& lane : carried.lanes) lane_named(totals, lane.name).held.spool = lane.records;
    EXPECT_EQ(observe::imbalances_of_totals(totals), std::vector<std::string>{});
  }
};

TEST_F(SqliteStoreLettersTest, ALetterIsGivenBackAsItWasPut) {
  must(bury({letter_of(4, 3)}));
  close();
  const LetterPage page = must(store().letters({}, 10, pool_.get()));
  ASSERT_EQ(page.letters.size(), 1U);
  EXPECT_TRUE(page.is_all);
  const StoredLetter& letter = page.letters[0];
  EXPECT_EQ(letter.id, 4);
  EXPECT_EQ(letter.lane, orders);
  EXPECT_EQ(letter.reason, "max_age");
  EXPECT_EQ(letter.answer, "refused (422) #4");
  EXPECT_EQ(letter.attempts, 4U);
  EXPECT_EQ(letter.records, 3U);
  EXPECT_EQ(letter.arrived, noon + std::chrono::seconds(4));
  EXPECT_EQ(letter.died, noon + std::chrono::hours(4));
  EXPECT_TRUE(letter.maybe_sent);
  ASSERT_TRUE(letter.segment);
  EXPECT_EQ(letter.segment->format(), 2U);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(letter.segment->bytes(i, i + 1), record_of(4, i, 20));
}

TEST_F(SqliteStoreLettersTest, AreFoundByIdLaneReasonAndAge) {
  must(bury({letter_of(1, 1), letter_of(2, 1, users), letter_of(3, 1), letter_of(4, 1)}));
  EXPECT_EQ(listed(), (std::vector<LetterId>{1, 2, 3, 4}));
  EXPECT_EQ(listed(these({2, 3, 9})), (std::vector<LetterId>{2, 3}));
  EXPECT_EQ(listed(with([](auto& which) { which.lane = users; })), (std::vector<LetterId>{2}));
  EXPECT_EQ(listed(with([](auto& which) { which.reason = Dead::refused; })), (std::vector<LetterId>{1, 3}));
  EXPECT_EQ(listed(with([](auto& which) { which.died_before = noon + std::chrono::hours(3); })),
            (std::vector<LetterId>{1, 2}));
  EXPECT_EQ(listed(with([](auto& which) { which.after = 2; })), (std::vector<LetterId>{3, 4}));
  const LetterPage page = must(store().letters({}, 3, nullptr));
  EXPECT_EQ(page.letters.size(), 3U);
  EXPECT_FALSE(page.is_all);
}

TEST_F(SqliteStoreLettersTest, WhatIsOverTheBoundIsPurgedOldestFirstAndCounted) {
  first_run();
  for (LetterId id = 1; id <= 20; ++id) must(bury({letter_of(id, 2, orders, 500)}, 8000));
  const std::vector<LetterId> kept = listed();
  ASSERT_FALSE(kept.empty());
  EXPECT_EQ(kept.back(), 20);
  EXPECT_LT(kept.size(), 8U);
  const Carried carried = after_a_kill(40);
  EXPECT_EQ(carried.letters, 2 * kept.size());
  EXPECT_EQ(carried.totals.dead_letters.purged[number_of(Purge::bytes)], 40 - carried.letters);
  EXPECT_EQ(carried.lost_in_crash, 0U);
  expect_letters_balance(carried);
}

TEST_F(SqliteStoreLettersTest, WhatIsRemovedIsGoneAndCounted) {
  first_run();
  must(bury({letter_of(1, 2), letter_of(2, 3), letter_of(3, 4)}));
  const Applied first = must(remove({}, 2));
  EXPECT_FALSE(first.removed_all);
  EXPECT_EQ(first.removed_up_to, 2);
  ASSERT_EQ(first.removed.size(), 1U);
  EXPECT_EQ(first.removed[0].letters, 2U);
  EXPECT_EQ(first.removed[0].records, 5U);
  EXPECT_EQ(listed(), (std::vector<LetterId>{3}));
  const Carried carried = after_a_kill(9);
  EXPECT_EQ(carried.totals.dead_letters.purged[number_of(Purge::by_hand)], 5U);
  expect_letters_balance(carried);
}

TEST_F(SqliteStoreLettersTest, AReplayMakesARowOfTheLaneAndAllSumsBalanceAfterAKill) {
  first_run();
  must(bury({letter_of(1, 2), letter_of(2, 3)}));
  const Applied applied = must(replay(these({2}), 10));
  ASSERT_EQ(applied.removed.size(), 1U);
  EXPECT_EQ(applied.removed[0].records, 3U);
  EXPECT_EQ(listed(), (std::vector<LetterId>{1}));
  const Carried carried = after_a_kill(5);
  EXPECT_EQ(carried.last_row >= 10, true);
  ASSERT_EQ(carried.lanes.size(), 1U);
  EXPECT_EQ(carried.lanes[0].records, 3U);
  EXPECT_EQ(carried.totals.dead_letters.replayed, 3U);
  EXPECT_EQ(carried.totals.listeners[static_cast<std::size_t>(observe::ListenerId::replay)].accepted, 3U);
  EXPECT_EQ(carried.lost_in_crash, 0U);
  expect_letters_balance(carried);
  const Loaded loaded = load(all());
  ASSERT_EQ(loaded.rows.size(), 1U);
  EXPECT_EQ(loaded.rows[0].row, 10);
  EXPECT_EQ(loaded.rows[0].segment->bytes(0, 1), record_of(2, 0, 20));
  EXPECT_EQ(loaded.rows[0].segment->format(), 2U);
  EXPECT_EQ(loaded.rows[0].arrived, noon + std::chrono::seconds(2)) << "a record keeps its age";
  EXPECT_TRUE(loaded.rows[0].maybe_sent) << "its last attempt came to nobody knows what";
}

TEST_F(SqliteStoreLettersTest, ADamagedLetterIsListedAndPurgedInsteadOfReplayed) {
  must(bury({letter_of(1, 2)}));
  alter("UPDATE letters SET content = zeroblob(length(content))");
  const LetterPage page = must(store().letters({}, 10, pool_.get()));
  ASSERT_EQ(page.letters.size(), 1U);
  EXPECT_FALSE(page.letters[0].segment);
  const Applied applied = must(replay({}, 10));
  EXPECT_EQ(applied.letters_corrupt, 2U);
  EXPECT_TRUE(applied.removed.empty());
  EXPECT_TRUE(listed().empty());
}

TEST_F(SqliteStoreLettersTest, AFailedTransactionLeavesTheCountsAsTheyWere) {
  must(bury({letter_of(1, 2)}));
  EXPECT_FALSE(bury({letter_of(1, 3)})) << "an id that is there";
  close();
  EXPECT_EQ(first_run().letters, 2U);
}

}  // namespace
}  // namespace pannier::queue
