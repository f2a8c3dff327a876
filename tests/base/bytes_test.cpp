#include "base/bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace pannier {
namespace {

TEST(BytesTest, KeepsItsContentWhileItGrows) {
  Bytes bytes;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    const std::string piece = std::to_string(i) + ',';
    bytes.append(piece);
    expected += piece;
  }
  EXPECT_EQ(bytes.view(), expected);
  EXPECT_EQ(bytes.size(), expected.size());
  EXPECT_GE(bytes.capacity(), bytes.size());
}

TEST(BytesTest, HoldsWhatWasCommittedOfAClaim) {
  Bytes bytes;
  bytes.append("a");
  char* const room = bytes.claim(100'000);
  room[0] = 'b';
  room[99'999] = 'x';  // claimed, so writable
  bytes.commit(room + 1);
  EXPECT_EQ(bytes.view(), "ab");
}

TEST(BytesTest, TakesNothingFromNowhere) {
  Bytes bytes;
  bytes.append({});
  bytes.commit(bytes.claim(0));
  EXPECT_EQ(bytes.view(), "");
}

TEST(BytesTest, KeepsItsRoomWhenCleared) {
  Bytes bytes;
  bytes.append(std::string(10'000, 'x'));
  const std::size_t before = bytes.capacity();
  bytes.clear();
  EXPECT_EQ(bytes.view(), "");
  EXPECT_EQ(bytes.capacity(), before);
}

}  // namespace
}  // namespace pannier
