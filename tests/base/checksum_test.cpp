#include "base/checksum.h"

#include <gtest/gtest.h>

#include <string>

namespace pannier {
namespace {

TEST(ChecksumTest, IsTheCrcThatTheWholeWorldKnows) {
  EXPECT_EQ(checksum("123456789"), 0xcbf43926U);
  EXPECT_EQ(checksum(""), 0U);
  EXPECT_EQ(checksum({}), 0U);
}

TEST(ChecksumTest, OfPartsIsThatOfTheWhole) {
  const std::string text = "bytes, ends and what is known of them";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(checksum(text.substr(cut), checksum(text.substr(0, cut))), checksum(text)) << cut;
}

TEST(ChecksumTest, ChangesWithEachSingleBit) {
  std::string text(40, 'x');
  const std::uint32_t right = checksum(text);
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(checksum(text), right) << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  }
}

}  // namespace
}  // namespace pannier
