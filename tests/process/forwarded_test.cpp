#include "process/forwarded.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace pannier::process {
namespace {

using record::Header;

class ForwardedTest : public testing::Test {
 protected:
  Client found(std::string_view client_ip, const std::vector<std::string>& lists) {
    headers_.clear();
    for (const std::string& list : lists) headers_.push_back({"X-Forwarded-For", list});
    record_.client_ip = client_ip;
    record_.request_headers = headers_;
    return client_of(record_, Networks(trusted_));
  }
  std::string address(std::string_view client_ip, const std::vector<std::string>& lists) {
    return std::string(found(client_ip, lists).address);
  }
  std::vector<std::string> trusted_{"10.0.0.0/8", "::1"};
  std::vector<Header> headers_;
  record::Record record_;
};

TEST_F(ForwardedTest, IsTheFirstFromTheEndThatIsNoTrustedProxy) {
  EXPECT_EQ(address("10.0.0.1", {"203.0.113.7"}), "203.0.113.7");
  EXPECT_EQ(address("10.0.0.1", {"198.51.100.1, 203.0.113.7, 10.0.0.2 ,10.0.0.3"}), "203.0.113.7");
  EXPECT_TRUE(found("10.0.0.1", {"203.0.113.7"}).is_forwarded);
  EXPECT_EQ(address("::ffff:10.0.0.1", {"203.0.113.7"}), "203.0.113.7");
}

TEST_F(ForwardedTest, IsThePeerWhereThatIsNoTrustedProxy) {
  EXPECT_EQ(address("192.0.2.1", {"203.0.113.7"}), "192.0.2.1");
  EXPECT_FALSE(found("192.0.2.1", {"203.0.113.7"}).is_forwarded);
  EXPECT_EQ(address("10.0.0.1", {}), "10.0.0.1");
}

TEST_F(ForwardedTest, BelievesTheHeaderWhereNobodySaysWhoThePeerWas) {
  EXPECT_EQ(address("", {"198.51.100.1, 203.0.113.7, 10.0.0.2"}), "203.0.113.7");
  EXPECT_EQ(address("", {}), "");
}

TEST_F(ForwardedTest, IsNobodyWhereThePeerIsNoAddress) {
  EXPECT_EQ(address("unix:", {"203.0.113.7"}), "");
}

TEST_F(ForwardedTest, IsTheFarthestProxyWhereAllAreTrusted) {
  EXPECT_EQ(address("10.0.0.1", {"10.0.0.3, 10.0.0.2"}), "10.0.0.3");
}

TEST_F(ForwardedTest, EndsAtWhatIsNoAddressWithTheLastThatWasOne) {
  EXPECT_EQ(address("10.0.0.1", {"203.0.113.7, unknown, 10.0.0.2"}), "10.0.0.2");
  EXPECT_EQ(address("10.0.0.1", {"203.0.113.7, unknown"}), "10.0.0.1");
  EXPECT_EQ(address("10.0.0.1", {"203.0.113.7,"}), "10.0.0.1");
  EXPECT_EQ(address("", {"203.0.113.7, _hidden"}), "");
}

TEST_F(ForwardedTest, TakesTheFormsThatProxiesWrite) {
  EXPECT_EQ(address("10.0.0.1:4711", {"203.0.113.7:80"}), "203.0.113.7");
  EXPECT_EQ(address("[::1]:80", {"[2001:db8::7]:443, 10.0.0.2:1"}), "2001:db8::7");
  EXPECT_EQ(address("[::1]", {"[2001:db8::7]"}), "2001:db8::7");
  EXPECT_EQ(address("::1", {"2001:db8::7"}), "2001:db8::7");
  for (const char* broken : {"203.0.113.7:", "203.0.113.7:x", "[2001:db8::7", "[2001:db8::7]x", "[]", ":80"})
    EXPECT_EQ(address("10.0.0.1", {broken}), "10.0.0.1") << broken;
}

TEST_F(ForwardedTest, ReadsSeveralHeadersAsOneListInTheirOrder) {
  EXPECT_EQ(address("10.0.0.1", {"198.51.100.1, 203.0.113.7", "10.0.0.3", "10.0.0.2"}), "203.0.113.7");
}

TEST_F(ForwardedTest, NeverBelievesWhatAClientPutBeforeItsOwnAddress) {
  Random random(2);
  for (int i = 0; i < 20'000; ++i) {
    std::string list;
    for (std::uint64_t left = random.below(4); left > 0; --left)
      list += std::vector<std::string>{"1.2.3.4", "10.9.9.9", "unknown", "", "::1", "[::1]:7", " "}.at(
                  random.below(7)) +
              ",";
    list += "203.0.113.7";
    for (std::uint64_t left = random.below(3); left > 0; --left) list += ", 10.0.0." + std::to_string(left);
    ASSERT_EQ(address("10.0.0.1", {list}), "203.0.113.7") << list;
  }
}

}  // namespace
}  // namespace pannier::process
