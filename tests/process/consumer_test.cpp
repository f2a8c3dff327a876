#include "process/consumer.h"

#include <gtest/gtest.h>

#include <vector>

#include "process/options.h"

namespace pannier::process {
namespace {

using record::Header;
using record::Record;

class ConsumerTest : public testing::Test {
 protected:
  Consumer found(bool use_ip = false) {
    record_.request_headers = headers_;
    return consumer_of(record_, options_.consumer_headers, {.use_ip = use_ip, .trusted = Networks(trusted_)});
  }
  Options options_;
  Record record_;
  std::vector<Header> headers_;
  std::vector<std::string> trusted_;
};

TEST_F(ConsumerTest, IsWhatTheRecordSaysBeforeAnyHeader) {
  record_.consumer = "web";
  headers_ = {{"X-Consumer-Id", "other"}};
  EXPECT_EQ(found(true).name, "web");
}

TEST_F(ConsumerTest, IsTakenFromTheHeadersInTheOrderOfTheSettings) {
  headers_ = {{"user-id", "4"}, {"Consumer-ID", "3"}, {"X-USER-ID", "2"}, {"x-consumer-id", "1"}};
  for (const char* expected : {"1", "2", "3", "4"}) {
    EXPECT_EQ(found().name, expected);
    headers_.pop_back();
  }
  EXPECT_EQ(found().name, "anonymous");
}

TEST_F(ConsumerTest, IsNotTakenFromAHeaderWithoutAValue) {
  headers_ = {{"x-consumer-id", "  "}, {"x-consumer-id", " b "}, {"x-user-id", "c"}};
  EXPECT_EQ(found().name, "b");
  record_.consumer = " \t";
  EXPECT_EQ(found().name, "b");
}

TEST_F(ConsumerTest, IsNotTakenFromResponseHeaders) {
  const std::vector<Header> response{{"x-consumer-id", "b"}};
  record_.response_headers = response;
  EXPECT_EQ(found(true).name, "anonymous");
}

TEST_F(ConsumerTest, IsAnAddressOnlyWhereThatIsAsked) {
  record_.client_ip = "10.0.0.1";
  EXPECT_EQ(found(false).name, "anonymous");
  EXPECT_EQ(found(false).from, ConsumerFrom::nobody);
  EXPECT_EQ(found(true).name, "10.0.0.1");
  EXPECT_EQ(found(true).from, ConsumerFrom::client_ip);
}

TEST_F(ConsumerTest, IsTheFirstForwardedAddressBeforeThePeers) {
  record_.client_ip = "10.0.0.1";
  headers_ = {{"X-Forwarded-For", " 203.0.113.7 , 10.0.0.2"}};
  EXPECT_EQ(found(true).name, "203.0.113.7");
  headers_ = {{"x-forwarded-for", "2001:db8::7"}};
  EXPECT_EQ(found(true).name, "2001:db8::7");
}

TEST_F(ConsumerTest, IsThePeersAddressWhereTheForwardedOneIsNone) {
  record_.client_ip = "10.0.0.1";
  for (const char* forwarded : {"unknown", "unknown, 203.0.113.7", "", ",203.0.113.7", "203.0.113.7:80"}) {
    headers_ = {{"x-forwarded-for", forwarded}};
    EXPECT_EQ(found(true).name, "10.0.0.1") << forwarded;
  }
}

TEST_F(ConsumerTest, IsAnonymousWhereNoAddressIsValid) {
  record_.client_ip = "unix:";
  headers_ = {{"x-forwarded-for", "nonsense"}};
  EXPECT_EQ(found(true).name, "anonymous");
  EXPECT_EQ(found(true).from, ConsumerFrom::nobody);
}

TEST_F(ConsumerTest, IsNoAddressWhenAHeaderHappensToHoldOne) {
  headers_ = {{"x-user-id", "10.0.0.1"}};
  EXPECT_EQ(found(true).from, ConsumerFrom::header);
}

}  // namespace
}  // namespace pannier::process
