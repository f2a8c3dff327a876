#include "base/text.h"

#include <gtest/gtest.h>

#include <array>

#include "base/random.h"

namespace pannier::text {
namespace {

using namespace std::string_view_literals;

TEST(ShownTextTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(shown("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
  EXPECT_EQ(shown("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(shown("\0\x07\x7f"sv), "\\x00\\x07\\x7f");
  EXPECT_EQ(shown("\xc2\x9b"
                  "31m"),
            "\\u{009b}31m");  // CSI as one character
}

TEST(ShownTextTest, EscapesWhatWouldTurnOrHideText) {
  EXPECT_EQ(shown("a\u202eb\u2066c\u2069\u200f\u061c\u200b\ufeff\u2028"),
            "a\\u{202e}b\\u{2066}c\\u{2069}\\u{200f}\\u{061c}\\u{200b}\\u{feff}\\u{2028}");
}

TEST(ShownTextTest, EscapesEachByteThatIsNoUtf8) {
  EXPECT_EQ(shown("a\xff\xc3"), "a\\xff\\xc3");
  EXPECT_EQ(shown("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(shown("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(ShownTextTest, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(shown("/users/{id}?ü=€😀"), "/users/{id}?ü=€😀");
}

TEST(ShownTextTest, IsCutAtACharacter) {
  EXPECT_EQ(shown("abcdef", 3), "abc…");
  EXPECT_EQ(shown("ab€", 4), "ab…");
  EXPECT_EQ(shown("ab€", 5), "ab€");
  EXPECT_EQ(shown(std::string(1000, 'x')), std::string(200, 'x') + "…");
  EXPECT_EQ(shown("a", 0), "…");
  EXPECT_EQ(shown("", 0), "");
}

TEST(ShownTextTest, IsAlwaysPrintableUtf8) {
  Random random(11);
  for (int i = 0; i < 5000; ++i) {
    std::string noise;
    for (std::uint64_t left = random.below(30); left > 0; --left)
      noise += static_cast<char>(random.below(256));
    const std::string visible = shown(noise);
    ASSERT_TRUE(is_utf8(visible));
    ASSERT_FALSE(has_control_character(visible));
  }
}

TEST(Utf8Test, TakesEveryCharacterAtTheEdges) {
  for (const std::string_view good :
       {"\x7f"sv, "\0"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv, "\xed\x9f\xbf"sv, "\xee\x80\x80"sv,
        "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv, ""sv})
    EXPECT_TRUE(is_utf8(good)) << shown(good);
}

TEST(Utf8Test, RefusesOverlongSurrogateTooLargeAndCut) {
  for (const std::string_view bad :
       {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv, "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv,
        "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xfe"sv, "\xff"sv, "\xc3"sv,
        "\xe2\x82"sv, "\xf0\x9f\x98"sv, "a\xc3z"sv, "\xe2\x28\xa1"sv})
    EXPECT_FALSE(is_utf8(bad)) << shown(bad);
}

TEST(Utf8Test, APrefixNeverCutsACharacter) {
  EXPECT_EQ(utf8_prefix("a€b", 0), "");
  EXPECT_EQ(utf8_prefix("a€b", 1), "a");
  EXPECT_EQ(utf8_prefix("a€b", 3), "a");
  EXPECT_EQ(utf8_prefix("a€b", 4), "a€");
  EXPECT_EQ(utf8_prefix("a€b", 100), "a€b");
  const std::string mixed = "aü€😀aü€😀";
  for (std::size_t bytes = 0; bytes <= mixed.size(); ++bytes) {
    const std::string_view prefix = utf8_prefix(mixed, bytes);
    EXPECT_LE(prefix.size(), bytes);
    EXPECT_GT(prefix.size() + 4, bytes);
    EXPECT_TRUE(is_utf8(prefix));
  }
}

TEST(TextTest, FindsControlCharacters) {
  EXPECT_TRUE(has_control_character("a\nb"));
  EXPECT_TRUE(has_control_character("\0"sv));
  EXPECT_TRUE(has_control_character("\x7f"));
  EXPECT_FALSE(has_control_character("a bü€"));
}

TEST(TextTest, ComparesAsciiWithoutCase) {
  EXPECT_TRUE(equal_ignoring_case("X-User-ID", "x-user-id"));
  EXPECT_FALSE(equal_ignoring_case("x-user-id", "x-user-i"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));  // 0x20 apart like letters
  EXPECT_EQ(lower("ÄBC-Z@["), "Äbc-z@[");
}

TEST(TextTest, TrimsBothEndsOnly) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \v\f "), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(NearestTest, NamesWhatWasMeant) {
  constexpr std::array known{"unix_stream"sv, "unix_datagram"sv, "udp"sv, "http"sv, "cap"sv};
  EXPECT_EQ(nearest("unix_steam", known), "unix_stream");
  EXPECT_EQ(nearest("unixdatagramm", known), "unix_datagram");
  EXPECT_EQ(nearest("capp", known), "cap");
  EXPECT_EQ(nearest("htpt", known), "http");
  EXPECT_EQ(nearest("http", known), "http");
}

TEST(NearestTest, IsSilentWhereNothingIsNear) {
  constexpr std::array known{"ca"sv, "udp"sv, "unix_stream"sv};
  EXPECT_EQ(nearest("completely_else", known), "");
  EXPECT_EQ(nearest("xy", known), "");
  EXPECT_EQ(nearest("x", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest("udp", {}), "");
}

}  // namespace
}  // namespace pannier::text
