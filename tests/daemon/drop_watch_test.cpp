#include "daemon/drop_watch.h"

#include <gtest/gtest.h>

namespace pannier::daemon {
namespace {

observe::Books books_with(Drop reason, std::uint64_t records) {
  observe::Books books;
  books.lanes.emplace_back().name = "malti/orders";
  books.lanes[0].dropped[number_of(reason)] = records;
  return books;
}

TEST(DropWatchTest, SaysHowManyWereDroppedSinceItLastLookedAndWhatHelps) {
  const auto lines = DropWatch::told(books_with(Drop::full, 5), books_with(Drop::full, 12));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(
      lines[0],
      "malti/orders: 7 records were dropped (full): memory and spool had no room for them; mend what holds "
      "the backend up, or raise spool.bytes or memory");
}

TEST(DropWatchTest, SaysNothingTwice) {
  EXPECT_TRUE(DropWatch::told(books_with(Drop::full, 5), books_with(Drop::full, 5)).empty());
}

TEST(DropWatchTest, KnowsLanesThatAreNew) {
  EXPECT_EQ(DropWatch::told({}, books_with(Drop::corrupt, 3)).size(), 1U);
}

TEST(DropWatchTest, LeavesOutWhatIsSaidElsewhere) {
  EXPECT_TRUE(DropWatch::told({}, books_with(Drop::partial_success, 3)).empty());
  EXPECT_TRUE(DropWatch::told({}, books_with(Drop::shutdown, 3)).empty());
}

TEST(DropWatchTest, TellsLostDeadLettersButNotThosePurgedByHand) {
  observe::Books now;
  now.dead_letters.purged[number_of(Purge::by_hand)] = 4;
  now.dead_letters.purged[number_of(Purge::bytes)] = 2;
  const auto lines = DropWatch::told({}, now);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(
      lines[0],
      "dead letters: 2 records were purged (bytes): newer ones came; raise dead_letters.bytes, or replay or "
      "purge them");
}

}  // namespace
}  // namespace pannier::daemon
