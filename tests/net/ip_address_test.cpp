#include "net/ip_address.h"

#include <gtest/gtest.h>

namespace pannier::net {
namespace {

bool leads(const std::string& url, std::string_view listener) {
  return leads_to(parse_url(url).value(), parse_ip_address(listener).value());
}

TEST(IpAddressTest, IsAnAddressWithAPort) {
  EXPECT_EQ(parse_ip_address("127.0.0.1:6259")->port(), 6259);
  EXPECT_EQ(parse_ip_address("[::1]:6259")->port(), 6259);
  EXPECT_TRUE(parse_ip_address("127.8.8.8:1")->is_loopback);
  EXPECT_TRUE(parse_ip_address("[::]:1")->is_any);
  EXPECT_FALSE(parse_ip_address("192.0.2.1:1")->is_loopback);
  for (const std::string_view text : {"", "127.0.0.1", "localhost:1", "::1:1", "127.0.0.1:65536"})
    EXPECT_FALSE(parse_ip_address(text)) << text;
}

TEST(IpAddressTest, SaysWhatToWriteInstead) {
  const auto wrong = listen_address("localhost", false, "127.0.0.1:6259");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message,
            "\"localhost\" is not an IP address with a port; write 127.0.0.1:6259 or [::1]:6259");
}

TEST(IpAddressTest, KnowsAUrlThatLeadsBackToIt) {
  EXPECT_TRUE(leads("http://127.0.0.1:6259", "127.0.0.1:6259"));
  EXPECT_TRUE(leads("http://localhost:6259/x", "127.0.0.1:6259"));
  EXPECT_TRUE(leads("http://localhost:6259", "[::1]:6259"));
  EXPECT_TRUE(leads("http://[::1]:6259", "[::1]:6259"));
  EXPECT_TRUE(leads("http://127.0.0.9:6259", "0.0.0.0:6259"));
  EXPECT_TRUE(leads("http://0.0.0.0:6259", "127.0.0.1:6259"));
  EXPECT_TRUE(leads("http://192.0.2.7:80", "192.0.2.7:80"));
  EXPECT_TRUE(leads("http://192.0.2.7", "192.0.2.7:80"));
}

TEST(IpAddressTest, LeavesOtherUrlsAlone) {
  EXPECT_FALSE(leads("http://127.0.0.1:6258", "127.0.0.1:6259"));
  EXPECT_FALSE(leads("http://127.0.0.2:6259", "127.0.0.1:6259"));
  EXPECT_FALSE(leads("http://localhost:6259", "127.0.0.2:6259"));
  EXPECT_FALSE(leads("http://localhost:6259", "192.0.2.7:6259"));
  EXPECT_FALSE(leads("http://malti.example.com:6259", "127.0.0.1:6259"));
  EXPECT_FALSE(leads("http://192.0.2.8:80", "192.0.2.7:80"));
}

}  // namespace
}  // namespace pannier::net
