#include "queue/packed.h"

#include <gtest/gtest.h>

namespace pannier::queue {
namespace {

using Ranges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Ranges pairs(const std::vector<RecordRange>& ranges) {
  Ranges all;
  for (const RecordRange& range : ranges) all.emplace_back(range.first, range.last);
  return all;
}

TEST(PackedTest, NumbersComeBackAsTheyWere) {
  const std::vector<std::uint32_t> numbers{0, 1, 255, 256, 0x01020304, 0xffffffff};
  std::string packed = "what was there";
  pack(numbers, packed);
  EXPECT_EQ(packed.size(), 24U);
  EXPECT_EQ(packed.substr(16, 4), "\x04\x03\x02\x01") << "little-endian on every machine";
  EXPECT_EQ(unpack(packed), numbers);
  EXPECT_EQ(unpack(""), std::vector<std::uint32_t>());
  EXPECT_FALSE(unpack("abc"));
}

TEST(PackedTest, RangesComeBackAsTheyWereAndFaultyOnesDoNot) {
  const std::vector<RecordRange> ranges{{0, 3}, {5, 6}, {6, 9}};
  EXPECT_EQ(pairs(unpack_ranges(pack(ranges))), pairs(ranges));
  const std::vector<RecordRange> faulty{{0, 3}, {2, 6}};
  EXPECT_EQ(pairs(unpack_ranges(pack(faulty))), (Ranges{{0, 3}}));
  EXPECT_TRUE(unpack_ranges("abc").empty());
}

TEST(PackedTest, TheRestIsWhatIsNotFinished) {
  EXPECT_EQ(pairs(rest_of(10, {})), (Ranges{{0, 10}}));
  EXPECT_EQ(pairs(rest_of(10, std::vector<RecordRange>{{0, 3}, {5, 6}})), (Ranges{{3, 5}, {6, 10}}));
  EXPECT_EQ(pairs(rest_of(10, std::vector<RecordRange>{{2, 10}})), (Ranges{{0, 2}}));
  EXPECT_TRUE(rest_of(0, {}).empty());
  EXPECT_TRUE(rest_of(10, std::vector<RecordRange>{{0, 11}}).empty()) << "more than there is";
}

}  // namespace
}  // namespace pannier::queue
