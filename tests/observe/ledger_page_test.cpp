#include <gtest/gtest.h>

#include <thread>

#include "observe/counter_page.h"
#include "observe/ledger.h"
#include "tests/observe/page_memory.h"

namespace pannier::observe {
namespace {

struct Mirrored {
  PageMemory memory{4};
  CounterPage page{memory.bytes(), 1, "boot"};
  Ledger ledger;
  ~Mirrored() { ledger.attach(nullptr); }
  [[nodiscard]] Books on_page() { return CounterPage::read(memory.bytes())->books; }
};

void use(Ledger& ledger) {
  ledger.open(ListenerId::udp);
  ledger.open(DestinationId::malti);
  ledger.apply(a_read(ledger.add_lane(DestinationId::malti, "malti/orders"), 5));
}

void expect_used(const Books& books) {
  EXPECT_TRUE(books.listeners[at(ListenerId::udp)].open);
  EXPECT_TRUE(books.destinations[at(DestinationId::malti)].on);
  EXPECT_EQ(books.listeners[at(ListenerId::udp)].lines, 6U);
  ASSERT_EQ(books.lanes.size(), 1U);
  EXPECT_EQ(books.lanes[0].name, "malti/orders");
  EXPECT_EQ(books.lanes[0].delivered, 5U);
  EXPECT_TRUE(imbalances(books).empty());
}

TEST(LedgerPageTest, AllThatIsCountedIsOnThePage) {
  Mirrored a;
  a.ledger.attach(&a.page);
  use(a.ledger);
  expect_used(a.on_page());
}

TEST(LedgerPageTest, APageThatComesLateGetsWhatWasCountedBefore) {
  Mirrored a;
  use(a.ledger);
  EXPECT_TRUE(a.on_page().lanes.empty());
  a.ledger.attach(&a.page);
  expect_used(a.on_page());
}

TEST(LedgerPageTest, WithoutAPageTheBooksGoOn) {
  Mirrored a;
  a.ledger.attach(&a.page);
  use(a.ledger);
  a.ledger.attach(nullptr);
  a.ledger.apply(a_read(0, 5));
  EXPECT_EQ(a.ledger.snapshot().lanes[0].delivered, 10U);
  expect_used(a.on_page());
}

TEST(LedgerPageTest, WhatEndsInTheSpoolIsInTheLiveBooksOnly) {
  Mirrored a;
  a.ledger.attach(&a.page);
  use(a.ledger);
  a.ledger.carried_in(0, 4);
  a.ledger.apply(std::vector<Movement>{{Account::stored_delivered, 0, 0, 1},
                                       {Account::dead, 0, 0, 2},
                                       {Account::purged, 0, 0, 2},
                                       {Account::stored_dropped, 0, 0, 1}});
  EXPECT_EQ(imbalances(a.ledger.snapshot()), std::vector<std::string>{});
  EXPECT_EQ(a.ledger.snapshot().lanes[0].carried_in, 4U);
  expect_used(a.on_page());
}

TEST(LedgerPageTest, BalancesWhicheverThreadsMoveItAndHoweverLateItComes) {
  Mirrored a;
  use(a.ledger);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&a] {
      for (int round = 0; round < 1000; ++round) a.ledger.apply(a_read(0, 2));
    });
  a.ledger.attach(&a.page);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(a.on_page().lanes[0].accepted, 6005U);
  EXPECT_TRUE(imbalances(a.on_page()).empty());
}

}  // namespace
}  // namespace pannier::observe
