// When T2 is woken, and when streams are told to pause and to go on.
#include "queue/rings.h"
#include "tests/queue/lanes.h"

namespace pannier::queue {
namespace {

using Woken = std::vector<LaneId>;

class RingsWakeTest : public ::testing::Test {
 protected:
  Woken push(std::size_t count, std::size_t size = 10, LaneId lane = 0) {
    lanes_.woken.clear();
    lanes_.push(count, size, lane);
    return lanes_.woken;
  }
  Lanes lanes_{64U << 20U, 2};
};

TEST_F(RingsWakeTest, WakesAtTheFirstRecordOfEachLaneThatWaitsForIt) {
  EXPECT_EQ(push(1), Woken{0});
  EXPECT_EQ(push(1, 10, 1), Woken{1});
}

TEST_F(RingsWakeTest, WakesOnceUntilItIsArmedAgain) {
  EXPECT_EQ(push(1), Woken{0});
  EXPECT_EQ(push(1), Woken{});
  lanes_.take(10);
  EXPECT_EQ(push(1), Woken{}) << "taking does not arm";
  lanes_.take(10);
  EXPECT_FALSE(lanes_.rings.arm(0, {}));
  EXPECT_EQ(push(1), Woken{0});
}

TEST_F(RingsWakeTest, WakesAtSoManyRecords) {
  EXPECT_FALSE(lanes_.rings.arm(0, {.first = false, .records = 10}));
  EXPECT_EQ(push(9), Woken{});
  EXPECT_EQ(push(1), Woken{0});
}

TEST_F(RingsWakeTest, WakesAtSoManyBytes) {
  EXPECT_FALSE(lanes_.rings.arm(0, {.first = false, .bytes = 1000}));
  EXPECT_EQ(push(99, 10), Woken{});
  EXPECT_EQ(push(1, 10), Woken{0});
}

TEST_F(RingsWakeTest, WakesAtTheHighMarkOfWhatTheLaneMayHold) {
  const auto half_of_memory = static_cast<double>(lanes_.rings.memory()) / 2;
  EXPECT_FALSE(lanes_.rings.arm(0, {.first = false, .high_mark = 0.5}));
  const auto segments_to_mark =
      static_cast<std::size_t>(0.5 * half_of_memory / static_cast<double>(segment_cost));
  for (std::size_t i = 0; i < segments_to_mark; ++i) ASSERT_EQ(push(1, whole_segment), Woken{}) << i;
  EXPECT_FALSE(lanes_.rings.pending(0).high);
  EXPECT_EQ(push(1, whole_segment), Woken{0});
  EXPECT_TRUE(lanes_.rings.pending(0).high);
}

TEST_F(RingsWakeTest, NeverWakesWhoDidNotAskForIt) {
  EXPECT_FALSE(lanes_.rings.arm(0, {.first = false}));
  EXPECT_EQ(push(10'000, 2000), Woken{});
}

TEST_F(RingsWakeTest, SaysWhenTheMomentIsHereAlready) {
  push(10);
  EXPECT_TRUE(lanes_.rings.arm(0, {.first = true}));
  EXPECT_TRUE(lanes_.rings.arm(0, {.first = false, .records = 10}));
  EXPECT_FALSE(lanes_.rings.arm(0, {.first = false, .records = 11}));
  EXPECT_TRUE(lanes_.rings.arm(0, {.first = false, .bytes = 100}));
  lanes_.take(10);
  EXPECT_FALSE(lanes_.rings.arm(0, {.first = true}));
}

class RingsPauseTest : public ::testing::Test {
 protected:
  RingsPauseTest() {
    lanes_.rings.on_room([this] { ++room_; });
  }
  // Until streams are told to pause.
  std::size_t fill(LaneId lane = 0) {
    std::size_t segments = 1;
    while (!lanes_.push(1, whole_segment, lane) && segments < 1000) ++segments;
    return segments;
  }
  Lanes lanes_{256 * segment_cost, 2};
  int room_ = 0;
};

TEST_F(RingsPauseTest, AsksForAPauseWhileAnotherReadStillFitsIntoAHealthyLane) {
  EXPECT_GT(fill(), 100U);
  EXPECT_LT(lanes_.held(), 128U);
  EXPECT_EQ(lanes_.dropped(), 0U);
  lanes_.push(512 * 1024 / whole_segment - 1, whole_segment);
  EXPECT_EQ(lanes_.dropped(), 0U);
}

TEST_F(RingsPauseTest, AFailingOrBlockedLaneNeverSlowsAListener) {
  for (const LaneHealth health : {LaneHealth::failing, LaneHealth::blocked}) {
    lanes_.rings.set_health(0, health);
    EXPECT_EQ(fill(), 1000U);
  }
}

TEST_F(RingsPauseTest, CallsOnceWhenATakeMadeRoomAgain) {
  fill();
  lanes_.take(1);
  lanes_.taken.clear();
  while (room_ == 0 && lanes_.held() > 0) {
    lanes_.take(1);
    lanes_.taken.clear();
  }
  EXPECT_EQ(room_, 1);
  EXPECT_GT(lanes_.held(), 64U) << "not only when it is empty";
  lanes_.take(1);
  EXPECT_EQ(room_, 1);
}

TEST_F(RingsPauseTest, CallsWhenTheFullLaneTurnsOutToBeFailing) {
  fill();
  lanes_.rings.set_health(0, LaneHealth::failing);
  EXPECT_EQ(room_, 1);
}

TEST_F(RingsPauseTest, DoesNotCallWhereNobodyPauses) {
  lanes_.push(3, whole_segment);
  lanes_.take(3);
  lanes_.rings.set_health(0, LaneHealth::failing);
  EXPECT_EQ(room_, 0);
}

TEST_F(RingsPauseTest, DoesNotCallWhileAnotherHealthyLaneIsNearlyFull) {
  fill(0);
  fill(1);
  for (int i = 0; i < 30; ++i) lanes_.take(1, 1U << 30U, 0);
  EXPECT_EQ(room_, 0);
}

}  // namespace
}  // namespace pannier::queue
