// What NO_PROXY means, and who is this host.
#include <gtest/gtest.h>

#include "net/proxy.h"

namespace pannier::net {
namespace {

bool named(std::string_view no_proxy, std::string_view url) {
  return is_named_in(no_proxy, parse_url(url).value());
}

TEST(NoProxyTest, NamesAHostAndAllBelowIt) {
  EXPECT_TRUE(named("example.com", "https://example.com"));
  EXPECT_TRUE(named("example.com", "https://malti.example.com"));
  EXPECT_TRUE(named("Example.COM", "https://malti.EXAMPLE.com."));
  EXPECT_TRUE(named(".example.com", "https://malti.example.com"));
  EXPECT_TRUE(named("*.example.com", "https://malti.example.com"));
  EXPECT_FALSE(named("example.com", "https://notexample.com"));
  EXPECT_FALSE(named("malti.example.com", "https://example.com"));
  EXPECT_FALSE(named("example.co", "https://example.com"));
}

TEST(NoProxyTest, IsAListByCommasAndBlanks) {
  EXPECT_TRUE(named("a.example, b.example c.example", "https://c.example"));
  EXPECT_TRUE(named(" ,,\tb.example,", "https://b.example"));
  EXPECT_FALSE(named("", "https://b.example"));
  EXPECT_FALSE(named(", ,", "https://b.example"));
  EXPECT_FALSE(named(".", "https://b.example"));
  EXPECT_FALSE(named(":", "https://b.example"));
}

TEST(NoProxyTest, AStarNamesAll) {
  EXPECT_TRUE(named("a.example,*", "https://b.example"));
  EXPECT_TRUE(named("*", "https://192.0.2.1"));
}

TEST(NoProxyTest, APortMustAgree) {
  EXPECT_TRUE(named("example.com:443", "https://example.com"));
  EXPECT_TRUE(named("example.com:8443", "https://example.com:8443"));
  EXPECT_FALSE(named("example.com:8443", "https://example.com"));
  EXPECT_TRUE(named("192.0.2.1:443", "https://192.0.2.1"));
  EXPECT_FALSE(named("192.0.2.1:80", "https://192.0.2.1"));
  EXPECT_TRUE(named("[2001:db8::1]:443", "https://[2001:db8::1]"));
  EXPECT_FALSE(named("[2001:db8::1]:80", "https://[2001:db8::1]"));
}

TEST(NoProxyTest, AnAddressIsNamedHoweverItIsSpelt) {
  EXPECT_TRUE(named("192.0.2.1", "https://192.0.2.1"));
  EXPECT_FALSE(named("192.0.2.1", "https://192.0.2.10"));
  EXPECT_TRUE(named("2001:db8:0:0::1", "https://[2001:db8::1]"));
  EXPECT_TRUE(named("[2001:db8::1]", "https://[2001:DB8::1]"));
  EXPECT_TRUE(named("192.0.2.1", "https://[::ffff:192.0.2.1]"));
  EXPECT_FALSE(named("0.2.1", "https://192.0.2.1")) << "an address has no domain";
}

TEST(NoProxyTest, ANetworkNamesItsAddresses) {
  EXPECT_TRUE(named("10.0.0.0/8", "https://10.255.1.2"));
  EXPECT_FALSE(named("10.0.0.0/8", "https://11.0.0.1"));
  EXPECT_TRUE(named("192.0.2.128/25", "https://192.0.2.200"));
  EXPECT_FALSE(named("192.0.2.128/25", "https://192.0.2.100"));
  EXPECT_TRUE(named("0.0.0.0/0", "https://192.0.2.1"));
  EXPECT_TRUE(named("192.0.2.1/32", "https://192.0.2.1"));
  EXPECT_TRUE(named("2001:db8::/32", "https://[2001:db8:1::1]"));
  EXPECT_FALSE(named("2001:db8::/32", "https://[2001:db9::1]"));
  EXPECT_FALSE(named("10.0.0.0/8", "https://ten.example")) << "no name is looked up for it";
  for (const auto* broken : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "/8", "10.0.0/8", "10.0.0.0/-1"})
    EXPECT_FALSE(named(broken, "https://10.0.0.1")) << broken;
}

TEST(NoProxyTest, ThisHostIsKnownByNameAndAddress) {
  for (const auto* host : {"localhost", "LOCALHOST", "localhost.", "malti.localhost", "127.0.0.1",
                           "127.9.9.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(is_this_host(host)) << host;
  for (const auto* host : {"127.0.0.1.nip.io", "localhost.example", "128.0.0.1", "::2", "10.0.0.1", ""})
    EXPECT_FALSE(is_this_host(host)) << host;
}

}  // namespace
}  // namespace pannier::net
