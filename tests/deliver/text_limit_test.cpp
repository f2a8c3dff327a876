#include "deliver/text_limit.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace pannier::deliver {
namespace {

// The plain way: escape as Malti does, count the code points, go back letter by letter until they fit.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}
bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}
std::size_t code_points(std::string_view text) {
  std::size_t points = 0;
  for (const char c : text) points += continues(c) ? 0 : 1;
  return points;
}
std::string_view plain_way(std::string_view text) {
  while (code_points(escaped(text)) > 500) {
    std::size_t last = text.size() - 1;
    while (continues(text[last])) --last;
    text = text.substr(0, last);
  }
  return text;
}

const std::vector<std::string> letters{"a", "&", "<", ">", "\"", "é", "€", "😀"};

TEST(TextLimitTest, CutsAsThePlainWayDoesForEveryEndingNearTheLimit) {
  for (std::size_t length = 488; length <= 501; ++length) {
    std::vector<std::string> texts{std::string(length, 'a')};
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ASSERT_EQ(limited(texts[i]), plain_way(texts[i])) << texts[i];
      if (code_points(texts[i]) < length + 2)
        for (const std::string& letter : letters) texts.push_back(texts[i] + letter);
    }
  }
}

TEST(TextLimitTest, CutsAsThePlainWayDoesForRandomTexts) {
  Random random(1);
  for (int i = 0; i < 150; ++i) {
    std::string text;
    const std::uint64_t kinds = 1 + random.below(letters.size());
    for (std::uint64_t left = random.below(700); left > 0; --left) text += letters[random.below(kinds)];
    ASSERT_EQ(limited(text), plain_way(text)) << text;
  }
}

TEST(TextLimitTest, KeepsWhatFitsEvenIfAllOfItIsEscaped) {
  const std::string ampersands(100, '&');
  EXPECT_EQ(limited(ampersands), ampersands);
  EXPECT_EQ(limited(ampersands + "&").size(), 100U);
  EXPECT_EQ(limited(""), "");
}

TEST(TextLimitTest, NeverCutsALetterInTwo) {
  for (std::size_t before = 490; before <= 500; ++before) {
    const std::string text = std::string(before, 'a') + "😀😀😀😀😀😀😀😀😀😀😀😀";
    EXPECT_EQ((limited(text).size() - before) % 4, 0U) << before;
    EXPECT_EQ(code_points(limited(text)), 500U) << before;
  }
}

}  // namespace
}  // namespace pannier::deliver
