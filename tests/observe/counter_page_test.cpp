#include "observe/counter_page.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/random.h"
#include "observe/counter_memory.h"
#include "observe/totals.h"
#include "tests/observe/page_memory.h"

namespace pannier::observe {
namespace {

constexpr std::size_t places = 3;

struct APage {
  PageMemory memory{places};
  CounterPage page{memory.bytes(), 7, "boot-1"};

  APage() {
    page.open(ListenerId::udp);
    page.open(DestinationId::malti);
    page.name_lane(0, DestinationId::malti, "malti/orders");
  }
  [[nodiscard]] std::optional<RunPage> read() { return CounterPage::read(memory.bytes()); }
  memory::Header& header() { return *reinterpret_cast<memory::Header*>(memory.bytes().data()); }
  memory::View<std::byte> view() { return {memory.bytes().data(), places}; }
};

TEST(CounterPageTest, SaysWhoseRunItIsAndWhatWasCounted) {
  APage a;
  a.page.add(a_read(0, 5));
  a.page.add(a_read(0, 2));
  const auto page = a.read();
  ASSERT_TRUE(page);
  EXPECT_EQ(page->run, 7U);
  EXPECT_EQ(page->boot, "boot-1");
  const Books& books = page->books;
  EXPECT_TRUE(books.listeners[at(ListenerId::udp)].open);
  EXPECT_FALSE(books.listeners[at(ListenerId::unix_stream)].open);
  EXPECT_EQ(books.listeners[at(ListenerId::udp)].lines, 9U);
  EXPECT_EQ(books.listeners[at(ListenerId::udp)].rejected[at(Reject::json)], 2U);
  EXPECT_TRUE(books.destinations[at(DestinationId::malti)].on);
  EXPECT_EQ(books.destinations[at(DestinationId::malti)].offered, 7U);
  ASSERT_EQ(books.lanes.size(), 1U);
  EXPECT_EQ(books.lanes[0].name, "malti/orders");
  EXPECT_EQ(books.lanes[0].delivered, 7U);
  EXPECT_TRUE(imbalances(books).empty());
  EXPECT_TRUE(imbalances_of_totals(books).empty());
}

TEST(CounterPageTest, KeepsEachCounterApartFromEveryOther) {
  APage a;
  a.page.name_lane(1, DestinationId::local, "local");
  std::vector<Movement> movements;
  layout::each_counter(2, [&](Movement movement) {
    movement.count = movements.size() + 1;
    movements.push_back(movement);
  });
  a.page.add(movements);
  auto page = a.read();
  ASSERT_TRUE(page);
  for (const Movement& movement : movements)
    EXPECT_EQ(counter_of(page->books, movement), movement.count)
        << static_cast<int>(movement.account) << " " << static_cast<int>(movement.reason);
}

TEST(CounterPageTest, LeavesOutWhatIsTheSpoolsOwn) {
  APage a;
  a.page.add(std::vector<Movement>{
      {Account::stored_delivered, 0, 0, 3}, {Account::dead, 1, 0, 3}, {Account::stored_dropped, 1, 0, 3}});
  const LaneBooks lane = a.read()->books.lanes[0];
  EXPECT_EQ(lane.delivered + sum(lane.dead) + sum(lane.dropped), 0U);
}

TEST(CounterPageTest, HasNoPlaceForMoreLanesThanItWasMadeForAndStaysWhole) {
  APage a;
  EXPECT_TRUE(a.page.name_lane(1, DestinationId::malti, std::string(511, 'x')));
  EXPECT_FALSE(a.page.name_lane(2, DestinationId::malti, std::string(512, 'x')));
  EXPECT_TRUE(a.page.name_lane(2, DestinationId::local, "local"));
  EXPECT_FALSE(a.page.name_lane(3, DestinationId::malti, "malti/one-more"));
  const std::vector<std::byte> before(a.memory.bytes().begin(), a.memory.bytes().end());
  a.page.add(std::vector<Movement>{{Account::lane_accepted, 0, 3, 9}, {Account::delivered, 0, 65535, 9}});
  a.page.mark(3, 0, {1, 2});
  EXPECT_EQ(std::memcmp(before.data(), a.memory.bytes().data(), before.size()), 0);
  EXPECT_EQ(a.read()->books.lanes.size(), 3U);
  EXPECT_EQ(a.read()->books.lanes[1].name, std::string(511, 'x'));
}

TEST(CounterPageTest, TakesMoreMovementsAtOnceThanItHasCounters) {
  APage a;
  std::vector<Movement> many;
  for (int i = 0; i < 1000; ++i)
    for (const Movement& movement : a_read(0, 2)) many.push_back(movement);
  a.page.add(many);
  EXPECT_EQ(a.read()->books.lanes[0].accepted, 2000U);
  EXPECT_TRUE(imbalances(a.read()->books).empty());
}

TEST(CounterPageTest, KnowsTheLastMarkOfEachWindow) {
  APage a;
  a.page.mark(0, 1, {3, 4});
  a.page.mark(0, 1, {5, 9});
  const LaneWindows windows = a.read()->windows.at(0);
  EXPECT_EQ(windows[0].last, 0);
  EXPECT_EQ(windows[1].first, 5);
  EXPECT_EQ(windows[1].last, 9);
}

// What was published counts, however far the counters have come; what was not is as if it had never begun.
TEST(CounterPageTest, FinishesAChangeThatWasCutAfterAnyCounter) {
  for (std::size_t done = 0; done <= 3; ++done) {
    APage a;
    a.page.add(a_read(0, 5));
    const std::vector<Movement> more{{Account::lines, 0, at(ListenerId::udp), 4},
                                     {Account::accepted, 0, at(ListenerId::udp), 4},
                                     {Account::lane_accepted, 0, 0, 4}};
    const auto view = a.view();
    for (std::size_t i = 0; i < more.size(); ++i) {
      const std::size_t counter = *layout::position(more[i]);
      view.redo[i] = {counter, view.counters[counter] + more[i].count};
    }
    for (std::size_t i = 0; i < done; ++i) view.counters[view.redo[i].counter] = view.redo[i].value;
    if (done == 0) {
      EXPECT_EQ(a.read()->books.lanes[0].accepted, 5U) << "nothing was published yet";
    }
    view.header->redo = more.size();
    EXPECT_EQ(a.read()->books.lanes[0].accepted, 9U) << done;
    EXPECT_EQ(a.read()->books.listeners[at(ListenerId::udp)].lines, 10U) << done;
  }
}

TEST(CounterPageTest, IsNoneWhileItIsBegun) {
  APage a;
  a.header().magic = 0;
  EXPECT_FALSE(a.read());
}

TEST(CounterPageTest, ANewRunLeavesNothingOfTheLast) {
  APage a;
  a.page.add(a_read(0, 5));
  const CounterPage next(a.memory.bytes(), 8, std::string(200, 'b'));
  const auto page = a.read();
  ASSERT_TRUE(page);
  EXPECT_EQ(page->run, 8U);
  EXPECT_EQ(page->boot, std::string(63, 'b'));
  EXPECT_TRUE(page->books.lanes.empty());
  EXPECT_EQ(page->books.listeners[at(ListenerId::udp)].lines, 0U);
  EXPECT_FALSE(page->books.listeners[at(ListenerId::udp)].open);
}

TEST(CounterPageTest, RefusesAnotherLayout) {
  APage a;
  a.header().layout += 1;
  EXPECT_FALSE(a.read());
}

TEST(CounterPageTest, RefusesWhatPointsOutsideOfIt) {
  constexpr std::uint64_t far = std::uint64_t{1} << 60U;
  for (const std::uint64_t lanes : {far, ~std::uint64_t{0}, std::uint64_t{places + 1}}) {
    APage a;
    a.header().lanes = lanes;
    EXPECT_FALSE(a.read()) << lanes;
  }
  APage a;
  a.header().redo = far;
  EXPECT_FALSE(a.read());
  a.header().redo = 1;
  a.view().redo[0].counter = layout::counters(places);
  EXPECT_FALSE(a.read());
  a.header().redo = 0;
  a.view().slots[0].named = 513;
  EXPECT_FALSE(a.read());
  a.view().slots[0].named = 1;
  a.view().slots[0].destination = layout::destinations;
  EXPECT_FALSE(a.read());
}

TEST(CounterPageTest, RefusesAFileThatWasCutShort) {
  APage a;
  EXPECT_TRUE(a.read());
  for (std::size_t size = 0; size < a.memory.bytes().size(); size += 8)
    EXPECT_FALSE(CounterPage::read(a.memory.bytes().first(size))) << size;
}

// Nothing may fall over whatever the file holds; the sanitizers look on.
TEST(CounterPageTest, SurvivesAnyBytes) {
  Random random(5);
  for (int round = 0; round < 2000; ++round) {
    APage a;
    a.page.add(a_read(0, 5));
    for (int i = 0; i < 8; ++i)
      a.memory.number(random.below(a.memory.bytes().size() / 8) * 8) =
          random.below(2) == 0 ? random.next() : random.below(600);
    static_cast<void>(a.read());
  }
}

}  // namespace
}  // namespace pannier::observe
