#include "queue/segment.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace pannier::queue {
namespace {

using Ends = std::vector<std::uint32_t>;

TEST(SegmentTest, KeepsFragmentsAndTheirBoundariesOverSeveralReads) {
  Segment segment(100, 10);
  EXPECT_EQ(segment.append("aabbb", Ends{2, 5}, 0), 2U);
  EXPECT_EQ(segment.append("xcdddd", Ends{1, 2, 6}, 1), 2U) << "from the second on";
  ASSERT_EQ(segment.records(), 4U);
  EXPECT_EQ(segment.bytes(0, 4), "aabbbcdddd");
  EXPECT_EQ(segment.bytes(1, 2), "bbb");
  EXPECT_EQ(segment.bytes(2, 4), "cdddd");
  EXPECT_EQ(segment.bytes(3, 3), "");
}

TEST(SegmentTest, TakesWholeFragmentsOnlyAndAsManyAsFit) {
  Segment segment(6, 10);
  EXPECT_EQ(segment.append("aabbbcc", Ends{2, 5, 7}, 0), 2U);
  EXPECT_FALSE(segment.fits(2));
  EXPECT_TRUE(segment.fits(1));
  EXPECT_EQ(segment.append("aabbbc", Ends{2, 5, 6}, 2), 1U) << "to the last byte";
  EXPECT_EQ(segment.bytes(0, 3), "aabbbc");
  EXPECT_EQ(segment.append("d", Ends{1}, 0), 0U);
}

TEST(SegmentTest, TakesNoMoreRecordsThanItWasMadeFor) {
  Segment segment(100, 2);
  EXPECT_EQ(segment.append("abc", Ends{1, 2, 3}, 0), 2U);
  EXPECT_FALSE(segment.fits(1));
  EXPECT_EQ(segment.append("abc", Ends{1, 2, 3}, 2), 0U);
}

TEST(SegmentTest, TakesNothingAfterItWasSealed) {
  Segment segment(100, 10);
  EXPECT_EQ(segment.append("a", Ends{1}, 0), 1U);
  segment.seal();
  EXPECT_FALSE(segment.fits(1));
  EXPECT_EQ(segment.append("b", Ends{1}, 0), 0U);
  EXPECT_EQ(segment.bytes(0, 1), "a");
}

TEST(SegmentTest, CountsTheRecordsWithinSoManyBytes) {
  Segment segment(100, 10);
  segment.append("aabbbcddd", Ends{2, 5, 6, 9}, 0);
  EXPECT_EQ(segment.records_within(0, 1), 0U);
  EXPECT_EQ(segment.records_within(0, 2), 1U);
  EXPECT_EQ(segment.records_within(0, 5), 2U);
  EXPECT_EQ(segment.records_within(1, 4), 2U);
  EXPECT_EQ(segment.records_within(2, 1000), 2U);
  EXPECT_EQ(segment.records_within(3, 2), 0U);
}

TEST(SegmentPoolTest, CountsWhatALivingSegmentAllocatedAndNotWhatIsUsedOfIt) {
  const auto pool = std::make_shared<SegmentPool>();
  EXPECT_EQ(pool->allocated(), 0U);
  SegmentPtr segment = pool->make(10);
  EXPECT_EQ(pool->allocated(), SegmentPool::cost(10));
  EXPECT_GE(pool->allocated(), SegmentPool::usual_bytes + SegmentPool::usual_records * sizeof(std::uint32_t));
  const SegmentPtr other_holder = segment;
  segment.reset();
  EXPECT_EQ(pool->allocated(), SegmentPool::cost(10)) << "somebody still holds it";
}

TEST(SegmentPoolTest, ForgetsASegmentWhenItsLastHolderLetsGo) {
  const auto pool = std::make_shared<SegmentPool>();
  SegmentPtr usual = pool->make(10);
  SegmentPtr oversized = pool->make(200'000);
  EXPECT_EQ(pool->allocated(), SegmentPool::cost(10) + SegmentPool::cost(200'000));
  usual.reset();
  oversized.reset();
  EXPECT_EQ(pool->allocated(), 0U);
}

TEST(SegmentPoolTest, GivesOutAUsedSegmentAsANewOne) {
  const auto pool = std::make_shared<SegmentPool>();
  for (int i = 0; i < 100; ++i) {
    const SegmentPtr segment = pool->make(10);
    ASSERT_EQ(segment->records(), 0U);
    ASSERT_TRUE(segment->fits(SegmentPool::usual_bytes));
    segment->append("ab", Ends{1, 2}, 0);
    segment->seal();
  }
}

TEST(SegmentPoolTest, MakesRoomForAnOversizedFragment) {
  const auto pool = std::make_shared<SegmentPool>();
  const std::string fragment(SegmentPool::usual_bytes + 1, 'x');
  const SegmentPtr segment = pool->make(fragment.size());
  EXPECT_EQ(segment->append(fragment, Ends{static_cast<std::uint32_t>(fragment.size())}, 0), 1U);
  EXPECT_EQ(segment->bytes(0, 1), fragment);
}

TEST(SegmentPoolTest, FillsASegmentWithExactlyWhatWasReadBack) {
  const auto pool = std::make_shared<SegmentPool>();
  SegmentPtr segment = pool->make_filled("aabbb", Ends{2, 2, 5});
  ASSERT_EQ(segment->records(), 3U);
  EXPECT_EQ(segment->bytes(0, 3), "aabbb");
  EXPECT_EQ(segment->bytes(1, 2), "");
  EXPECT_FALSE(segment->fits(0));
  EXPECT_EQ(pool->allocated(), 5 + 3 * sizeof(std::uint32_t) + sizeof(Segment));
  segment.reset();
  EXPECT_EQ(pool->allocated(), 0U);
  EXPECT_EQ(pool->make_filled({}, {})->records(), 0U);
}

TEST(SegmentPoolTest, NeverReusesAFilledSegmentAsAUsualOne) {
  const auto pool = std::make_shared<SegmentPool>();
  const std::string bytes(SegmentPool::usual_bytes, 'x');
  pool->make_filled(bytes, Ends{SegmentPool::usual_bytes}).reset();
  EXPECT_EQ(pool->make(1)->max_records(), SegmentPool::usual_records);
}

TEST(SegmentPoolTest, ForgetsTheFormatOfAUsedSegment) {
  const auto pool = std::make_shared<SegmentPool>();
  pool->make(10)->set_format(3);
  EXPECT_EQ(pool->make(10)->format(), 0U);
}

TEST(SegmentPoolTest, OutlivesItsOwnerAsLongAsASegmentLives) {
  auto pool = std::make_shared<SegmentPool>();
  const SegmentPtr segment = pool->make(10);
  pool.reset();
  EXPECT_EQ(segment->append("a", Ends{1}, 0), 1U);
}

TEST(SegmentPoolTest, AsManyFragmentsFitAsItSays) {
  constexpr std::size_t memory = 4 << 20;
  for (const std::size_t bytes : {1U, 64U, 65U, 208U, 3000U, 40'000U, 65'536U, 200'000U}) {
    const auto pool = std::make_shared<SegmentPool>();
    const std::string fragment(bytes, 'x');
    std::vector<SegmentPtr> held;
    std::size_t records = 0;
    for (;; ++records) {
      if (held.empty() || !held.back()->fits(bytes)) {
        if (pool->allocated() + SegmentPool::cost(bytes) > memory) break;
        held.push_back(pool->make(bytes));
      }
      held.back()->append(fragment, Ends{static_cast<std::uint32_t>(bytes)}, 0);
    }
    EXPECT_EQ(SegmentPool::fitting(memory, bytes), records) << bytes;
  }
}

}  // namespace
}  // namespace pannier::queue
