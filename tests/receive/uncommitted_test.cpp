#include "receive/uncommitted.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

namespace pannier::receive {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class UncommittedTest : public testing::Test {
 protected:
  void add(const std::string& name, std::uint64_t ticket, Duration wait, std::vector<LaneRecords> lanes) {
    waiting_.add({.ticket = ticket,
                  .until = SteadyTime{wait},
                  .lanes = std::move(lanes),
                  .tell = [this, name](bool on_disk) { told_.emplace_back(name, on_disk); }});
  }
  std::vector<std::pair<std::string, bool>> told_;
  std::map<observe::LaneId, std::uint64_t> doubted_;
  Uncommitted waiting_{[this](std::span<const LaneRecords> lanes) {
    for (const LaneRecords& each : lanes) doubted_[each.lane] += each.records;
  }};
};

TEST_F(UncommittedTest, TellsWhomTheWatermarkHasReachedInTheirOrder) {
  add("a", 1, 1s, {{0, 5}});
  add("b", 2, 2s, {{0, 5}});
  add("c", 4, 3s, {{0, 5}});
  waiting_.committed(0);
  EXPECT_THAT(told_, IsEmpty());
  waiting_.committed(3);
  EXPECT_THAT(told_, ElementsAre(Pair("a", true), Pair("b", true)));
  EXPECT_THAT(doubted_, IsEmpty());
  EXPECT_EQ(waiting_.next_end(), SteadyTime{3s});
}

TEST_F(UncommittedTest, GivesUpWhoWaitedTooLongAndDoubtsTheirRecords) {
  add("a", 1, 1s, {{0, 5}, {1, 2}});
  add("b", 2, 2s, {{0, 1}});
  waiting_.give_up_slow(SteadyTime{1s});
  EXPECT_THAT(told_, ElementsAre(Pair("a", false)));
  EXPECT_THAT(doubted_, ElementsAre(Pair(0, 5), Pair(1, 2)));
  waiting_.committed(2);
  EXPECT_THAT(told_, ElementsAre(Pair("a", false), Pair("b", true)));
  EXPECT_EQ(waiting_.next_end(), std::nullopt);
}

TEST_F(UncommittedTest, GivesUpAllWhereTheDiskFails) {
  add("a", 1, 1s, {{0, 5}});
  add("b", 2, 2s, {{0, 1}});
  waiting_.give_up_all();
  EXPECT_THAT(told_, ElementsAre(Pair("a", false), Pair("b", false)));
  EXPECT_THAT(doubted_, ElementsAre(Pair(0, 6)));
}

TEST(UncommittedRequestTest, AddsUpWhatEachLaneHasTaken) {
  Uncommitted::Request request;
  const std::vector<LaneRecords> first{{3, 10}, {4, 1}}, second{{3, 5}};
  request.add(first);
  request.add(second);
  ASSERT_EQ(request.lanes.size(), 2U);
  EXPECT_EQ(request.lanes[0].records, 15U);
}

}  // namespace
}  // namespace pannier::receive
