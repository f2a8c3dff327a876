#include "process/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "base/random.h"

namespace pannier::process {
namespace {

std::string hidden(std::string_view text) {
  Arena arena;
  return std::string(anonymized(text, arena));
}

TEST(AddressTest, LosesTheLastOctetOfIpv4) {
  EXPECT_EQ(hidden("192.168.1.100"), "192.168.1.xxx");
  EXPECT_EQ(hidden("255.255.255.255"), "255.255.255.xxx");
  EXPECT_EQ(hidden("0.0.0.0"), "0.0.0.xxx");
}

TEST(AddressTest, LosesTheLastFourGroupsOfIpv6AndIsWrittenInFull) {
  EXPECT_EQ(hidden("2001:db8:85a3:8d3:1319:8a2e:370:7348"), "2001:0db8:85a3:08d3:xxxx:xxxx:xxxx:xxxx");
  EXPECT_EQ(hidden("2001:DB8::1"), "2001:0db8:0000:0000:xxxx:xxxx:xxxx:xxxx");
  EXPECT_EQ(hidden("::1"), "0000:0000:0000:0000:xxxx:xxxx:xxxx:xxxx");
  EXPECT_EQ(hidden("64:ff9b::203.0.113.77"), "0064:ff9b:0000:0000:xxxx:xxxx:xxxx:xxxx");
}

TEST(AddressTest, DropsTheZoneBeforeMasking) {
  EXPECT_EQ(hidden("fe80::1%eth0"), "fe80:0000:0000:0000:xxxx:xxxx:xxxx:xxxx");
}

TEST(AddressTest, MasksIpv4InsideIpv6AsIpv4) {
  EXPECT_EQ(hidden("::ffff:203.0.113.77"), "203.0.113.xxx");
  EXPECT_EQ(hidden("::FFFF:cb00:714d"), "203.0.113.xxx");
  EXPECT_EQ(hidden("::ffff:203.0.113.77%eth0"), "203.0.113.xxx");
}

TEST(AddressTest, TellsNothingOfWhatIsNoAddress) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      "unknown"sv,
                                      "1.2.3"sv,
                                      "1.2.3.256"sv,
                                      "1.2.3.4.5"sv,
                                      "01.2.3.4"sv,
                                      "1.2.3.4:80"sv,
                                      "[::1]"sv,
                                      "[::1]:80"sv,
                                      "1.2.3.xxx"sv,
                                      " 1.2.3.4"sv,
                                      "1.2.3.4 "sv,
                                      "1.2.3.4\0"sv,
                                      "1.2.3.4\0x"sv,
                                      "::1%"sv,
                                      "1.2.3.4%eth0"sv,
                                      "1:2:3:4:5:6:7:8:9"sv,
                                      ":::"sv,
                                      "unix:"sv,
                                      "::ffff:1.2.3.4.5"sv,
                                      "%eth0"sv}) {
    EXPECT_FALSE(is_address(text)) << text;
    EXPECT_EQ(hidden(text), "") << text;
  }
  EXPECT_EQ(hidden(std::string(10'000, '1')), "");
}

TEST(AddressTest, KnowsAddressesThatAreWhole) {
  for (const char* text : {"1.2.3.4", "::", "::1", "fe80::1%eth0", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8"})
    EXPECT_TRUE(is_address(text)) << text;
}

TEST(AddressTest, NeverTellsTheLastOctetInAnySpelling) {
  Random random(4);
  for (int i = 0; i < 20'000; ++i) {
    std::array<unsigned, 4> octets{};
    for (unsigned& octet : octets) octet = static_cast<unsigned>(random.below(256));
    const auto [a, b, c, d] = octets;
    std::array<char, 64> text{};
    constexpr std::array formats{"%u.%u.%u.%u", "::ffff:%u.%u.%u.%u", "::%u.%u.%u.%u"};
    std::snprintf(text.data(), text.size(), formats.at(random.below(2)), a, b, c, d);
    const std::string expected =
        std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c) + ".xxx";
    ASSERT_EQ(hidden(text.data()), expected);
    std::snprintf(text.data(), text.size(), formats[2], a, b, c, d);
    ASSERT_EQ(hidden(text.data()), "0000:0000:0000:0000:xxxx:xxxx:xxxx:xxxx");
  }
}

TEST(AddressTest, NeverTellsTheLastHalfOfIpv6) {
  Random random(6);
  for (int i = 0; i < 20'000; ++i) {
    // Digits 1 to 7 before, a to f behind: what is told can't hold the latter by chance.
    std::string text;
    for (int group = 0; group < 8; ++group) {
      if (group > 0) text += ':';
      for (std::uint64_t left = random.below(4) + 1; left > 0; --left)
        text += static_cast<char>(group < 4 ? '1' + static_cast<int>(random.below(7))
                                            : 'a' + static_cast<int>(random.below(6)));
    }
    if (random.below(3) == 0) text += "%eth0";
    const std::string told = hidden(text);
    ASSERT_EQ(told.size(), 39U) << text;
    ASSERT_EQ(told.find_first_of("abcdef%"), std::string::npos) << text;
  }
}

// All that may be told of an address with these bytes, worked out anew.
std::string told_of(const std::array<std::uint8_t, 16>& bytes) {
  std::array<char, 64> text{};
  const bool is_mapped = std::all_of(bytes.begin(), bytes.begin() + 10, [](auto b) { return b == 0; }) &&
                         bytes[10] == 0xff && bytes[11] == 0xff;
  const std::size_t v4 = is_mapped ? 12 : bytes[0] == 0x20 && bytes[1] == 0x02 ? 2 : 16;
  if (v4 != 16)
    std::snprintf(text.data(), text.size(), "%u.%u.%u.xxx", bytes.at(v4), bytes.at(v4 + 1), bytes.at(v4 + 2));
  else
    std::snprintf(text.data(), text.size(), "%02x%02x:%02x%02x:%02x%02x:%02x%02x:xxxx:xxxx:xxxx:xxxx",
                  bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
  return text.data();
}

class Spelling {
 public:
  Spelling(const std::array<std::uint8_t, 16>& bytes, Random& random) : bytes_(bytes), random_(random) {}

  std::string text() {
    std::string text = is(3) ? shortest() : in_full();
    if (is(3))
      for (char& c : text) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    return is(4) ? text + "%eth0" : text;
  }

 private:
  bool is(std::uint64_t one_of) { return random_.below(one_of) == 0; }
  std::string shortest() {
    std::array<char, 64> text{};
    return inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  std::string in_full() {
    std::string text;
    const bool dotted = is(2);
    for (std::size_t group = 0; group < (dotted ? 6U : 8U); ++group) {
      std::array<char, 8> digits{};
      std::snprintf(digits.data(), digits.size(), is(2) ? "%x" : "%04x",
                    static_cast<unsigned>(bytes_.at(2 * group) << 8 | bytes_.at(2 * group + 1)));
      text += (group > 0 ? ":" : "") + std::string(digits.data());
    }
    for (std::size_t i = 12; dotted && i < 16; ++i)
      text += (i == 12 ? ":" : ".") + std::to_string(bytes_.at(i));
    return text;
  }
  const std::array<std::uint8_t, 16>& bytes_;
  Random& random_;
};

TEST(AddressTest, TellsTheSameOfEverySpellingAndNeverTheLastHalf) {
  Random random(7);
  const std::vector<std::vector<std::uint8_t>> beginnings{{},
                                                          {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
                                                          {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                                                          {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0},
                                                          {0x20, 0x02},
                                                          {0xfe, 0x80, 0, 0, 0, 0, 0, 0},
                                                          {0x20, 0x01, 0, 0}};
  for (int i = 0; i < 30'000; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::uint8_t& byte : bytes)
      byte = random.below(3) == 0 ? 0 : static_cast<std::uint8_t>(random.next());
    std::ranges::copy(beginnings.at(random.below(beginnings.size())), bytes.begin());
    const std::string text = Spelling(bytes, random).text();
    ASSERT_TRUE(is_address(text)) << text;
    ASSERT_EQ(hidden(text), told_of(bytes)) << text;
  }
}

TEST(AddressTest, MasksTheIpv4In6to4AsIpv4) {
  EXPECT_EQ(hidden("2002:cb00:714d::1"), "203.0.113.xxx");
}

}  // namespace
}  // namespace pannier::process
