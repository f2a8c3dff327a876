#include "process/networks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pannier::process {
namespace {

bool contains(const std::vector<std::string>& networks, std::string_view address) {
  return Networks(networks).contain(*parse_address(address));
}

TEST(NetworksTest, ContainTheirAddressesAndNoOthers) {
  const std::vector<std::string> networks{"10.0.0.0/8", "192.168.1.64/26", "203.0.113.7", "2001:db8::/33",
                                          "::1"};
  for (const char* inside : {"10.0.0.0", "10.255.255.255", "192.168.1.64", "192.168.1.127", "203.0.113.7",
                             "2001:db8::1", "2001:db8:7fff::", "::1", "::ffff:10.1.2.3"})
    EXPECT_TRUE(contains(networks, inside)) << inside;
  for (const char* outside : {"11.0.0.0", "9.255.255.255", "192.168.1.63", "192.168.1.128", "203.0.113.8",
                              "2001:db8:8000::", "::2", "::10.1.2.3"})
    EXPECT_FALSE(contains(networks, outside)) << outside;
}

TEST(NetworksTest, OfNoBitsContainEveryAddressOfTheirKind) {
  EXPECT_TRUE(contains({"0.0.0.0/0"}, "255.0.0.1"));
  EXPECT_FALSE(contains({"0.0.0.0/0"}, "2001:db8::1"));
  EXPECT_TRUE(contains({"::/0"}, "2001:db8::1"));
  EXPECT_TRUE(contains({"::/0"}, "1.2.3.4"));
  EXPECT_FALSE(contains({}, "1.2.3.4"));
}

TEST(NetworksTest, AreRefusedWhereTheyAreNone) {
  for (const char* text : {"", "ten", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "::/129",
                           "10.0.0.1/8", "::1/64", "fe80::1%eth0", "10.0.0/8", "[::1]", "1.2.3.4:5", "/8"})
    EXPECT_TRUE(Networks::fault(text)) << text;
  for (const char* text : {"10.0.0.0/8", "10.0.0.1/32", "0.0.0.0/0", "::/0", "::1", "::ffff:10.0.0.0/104"})
    EXPECT_FALSE(Networks::fault(text)) << text;
}

}  // namespace
}  // namespace pannier::process
