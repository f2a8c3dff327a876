#include "observe/ledger.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace pannier::observe {
namespace {

constexpr auto stream = static_cast<std::uint16_t>(ListenerId::unix_stream);
constexpr auto udp = static_cast<std::uint16_t>(ListenerId::udp);
constexpr auto malti = static_cast<std::uint16_t>(DestinationId::malti);
constexpr auto local = static_cast<std::uint16_t>(DestinationId::local);

template <typename Reason>
std::uint8_t number(Reason reason) {
  return static_cast<std::uint8_t>(reason);
}

// Two listeners, two destinations, three lanes: everything that happens to a few records, all finished.
class Story {
 public:
  explicit Story(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 20; ++i) add_record();
  }
  [[nodiscard]] const std::vector<Movement>& movements() const { return movements_; }

  static std::vector<std::string> judge(const std::vector<Movement>& movements) {
    Ledger ledger;
    ledger.open(ListenerId::unix_stream);
    ledger.open(ListenerId::udp);
    ledger.open(DestinationId::malti);
    ledger.open(DestinationId::local);
    ledger.add_lane(DestinationId::malti, "malti/orders");
    ledger.add_lane(DestinationId::malti, "malti/users");
    ledger.add_lane(DestinationId::local, "local");
    ledger.apply(movements);
    return imbalances(ledger.snapshot());
  }

 private:
  void add(Account account, std::uint8_t reason, std::uint16_t index) {
    movements_.push_back({account, reason, index, count_});
  }
  void add_record() {
    count_ = 1 + random_.below(9);
    const std::uint16_t listener = random_.below(2) == 0 ? stream : udp;
    add(Account::lines, 0, listener);
    const std::uint64_t fate = random_.below(5);
    if (fate == 0)
      return add(Account::rejected, static_cast<std::uint8_t>(random_.below(count_of<Reject>)), listener);
    if (fate == 1) return add(Account::filtered, number(Filter::no_response), listener);
    add(Account::accepted, 0, listener);
    reach(malti, static_cast<LaneId>(random_.below(2)));
    reach(local, 2);
  }
  void reach(std::uint16_t destination, LaneId lane) {
    if (random_.below(4) == 0)
      return add(Account::left_out, static_cast<std::uint8_t>(random_.below(count_of<LeftOut>)), destination);
    add(Account::lane_accepted, 0, lane);
    switch (random_.below(3)) {
      case 0: return add(Account::delivered, 0, lane);
      case 1: return add(Account::dropped, static_cast<std::uint8_t>(random_.below(count_of<Drop>)), lane);
      default: break;
    }
    add(Account::dead, static_cast<std::uint8_t>(random_.below(count_of<Dead>)), lane);
    add(Account::purged, static_cast<std::uint8_t>(random_.below(count_of<Purge>)), 0);
  }

  Random random_;
  std::uint64_t count_ = 0;
  std::vector<Movement> movements_;
};

TEST(LedgerTest, BalancesWhateverHappensToTheRecords) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<std::string> wrong = Story::judge(Story(seed).movements());
    ASSERT_TRUE(wrong.empty()) << "seed " << seed << ": " << wrong.front();
  }
}

TEST(LedgerTest, NoticesEverySingleMovementThatIsMissing) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Story story(seed);
    for (std::size_t i = 0; i < story.movements().size(); ++i) {
      auto movements = story.movements();
      movements.erase(movements.begin() + static_cast<std::ptrdiff_t>(i));
      ASSERT_FALSE(Story::judge(movements).empty()) << "seed " << seed << ", movement " << i;
    }
  }
}

TEST(LedgerTest, NoticesEverySingleMovementThatIsBookedTwice) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Story story(seed);
    for (std::size_t i = 0; i < story.movements().size(); ++i) {
      auto movements = story.movements();
      movements.push_back(movements[i]);
      ASSERT_FALSE(Story::judge(movements).empty()) << "seed " << seed << ", movement " << i;
    }
  }
}

TEST(LedgerTest, NoticesASingleRecordThatIsHeldTwiceOrNowhere) {
  Ledger ledger;
  const LaneId lane = ledger.add_lane(DestinationId::malti, "malti/orders");
  ledger.apply(std::vector<Movement>{{Account::lane_accepted, 0, lane, 3}});
  Books books = ledger.snapshot();
  const std::string missing =
      "malti/orders: carried_in + accepted = 3, but delivered + dead + dropped + held = 0";
  EXPECT_EQ(imbalances(books), std::vector{missing});
  books.lanes[lane].held = {.memory = 1, .spool = 1, .in_flight = 1};
  EXPECT_TRUE(imbalances(books).empty());
  for (std::uint64_t Held::* kind : {&Held::memory, &Held::spool, &Held::in_flight}) {
    Books twice = books;
    ++(twice.lanes[lane].held.*kind);
    EXPECT_EQ(imbalances(twice).size(), 1U);
  }
}

TEST(LedgerTest, CountsWhatWasCarriedInOnTheSideOfWhatCame) {
  Books books;
  books.lanes.emplace_back().carried_in = 2;
  books.dead_letters.carried_in = 4;
  EXPECT_EQ(imbalances(books).size(), 2U);
  books.lanes[0].delivered = 2;
  books.dead_letters.stored = 1;
  books.dead_letters.replayed = 2;
  books.dead_letters.purged[number(Purge::age)] = 1;
  EXPECT_TRUE(imbalances(books).empty());
}

TEST(LedgerTest, SaysWhichSumDoesNotBalanceAndByHowMuch) {
  Ledger ledger;
  ledger.open(DestinationId::malti);
  ledger.apply(std::vector<Movement>{{Account::lines, 0, udp, 5}, {Account::accepted, 0, udp, 4}});
  const std::vector<std::string> wrong = imbalances(ledger.snapshot());
  EXPECT_EQ(wrong, (std::vector<std::string>{
                       "udp: lines = 5, but accepted + rejected + filtered = 4",
                       "malti: accepted by all listeners = 4, but accepted by its lanes + left_out = 0"}));
}

TEST(LedgerTest, ADestinationThatIsOffOwesNothing) {
  Ledger ledger;
  ledger.apply(std::vector<Movement>{{Account::lines, 0, udp, 1}, {Account::accepted, 0, udp, 1}});
  EXPECT_TRUE(imbalances(ledger.snapshot()).empty());
  ledger.open(DestinationId::local);
  EXPECT_EQ(imbalances(ledger.snapshot()).size(), 1U);
}

TEST(LedgerTest, WhatIsOnlyShownIsInNoSum) {
  Ledger ledger;
  const LaneId lane = ledger.add_lane(DestinationId::malti, "malti/orders");
  ledger.apply(std::vector<Movement>{{Account::unknown_fields, 0, stream, 1},
                                     {Account::client_dropped, 0, stream, 2},
                                     {Account::limit, number(Limit::uid), stream, 3},
                                     {Account::texts_cut, 0, malti, 4},
                                     {Account::cardinality, number(Guarded::consumer), malti, 7},
                                     {Account::maybe_twice, 0, lane, 5},
                                     {Account::requests, 0, lane, 6}});
  const Books books = ledger.snapshot();
  EXPECT_TRUE(imbalances(books).empty());
  const ListenerBooks& listener = books.listeners[stream];
  EXPECT_EQ(listener.unknown_fields, 1U);
  EXPECT_EQ(listener.client_dropped, 2U);
  EXPECT_EQ(listener.limits[number(Limit::uid)], 3U);
  EXPECT_EQ(books.destinations[malti].texts_cut, 4U);
  EXPECT_EQ(books.destinations[malti].cardinality[number(Guarded::consumer)], 7U);
  EXPECT_EQ(books.lanes[lane].maybe_twice, 5U);
  EXPECT_EQ(books.lanes[lane].requests, 6U);
}

TEST(LedgerTest, KnowsAtMost256SendersOfAListenerAndSumsUpTheOthers) {
  Ledger ledger;
  for (int round = 0; round < 2; ++round)
    for (uid_t uid = 0; uid < 300; ++uid) ledger.sender(ListenerId::unix_stream, uid, 1, 2);
  const ListenerBooks listener = ledger.snapshot().listeners[stream];
  EXPECT_EQ(listener.senders.size(), 256U);
  for (const auto& [uid, sender] : listener.senders) {
    EXPECT_LT(uid, 256U);
    EXPECT_EQ(sender.lines, 2U);
    EXPECT_EQ(sender.client_dropped, 4U);
  }
  EXPECT_EQ(listener.other_senders.lines, 88U);
  EXPECT_EQ(listener.other_senders.client_dropped, 176U);
}

TEST(LedgerTest, KeepsTheLastRejectedShapeOfEachReasonAndListener) {
  Ledger ledger;
  ledger.rejected_last(ListenerId::udp, Reject::json, "aaa");
  ledger.rejected_last(ListenerId::udp, Reject::json, "{999");
  ledger.rejected_last(ListenerId::udp, Reject::status, "{}");
  const Books books = ledger.snapshot();
  EXPECT_EQ(books.listeners[udp].rejected_last[number(Reject::json)], "{999");
  EXPECT_EQ(books.listeners[udp].rejected_last[number(Reject::status)], "{}");
  EXPECT_EQ(books.listeners[stream].rejected_last[number(Reject::json)], "");
}

}  // namespace
}  // namespace pannier::observe
