#include "process/address.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

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

}  // namespace
}  // namespace pannier::process
