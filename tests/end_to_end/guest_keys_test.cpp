// Keys that senders bring over HTTP for services that pannier has no key for.
#include "tests/end_to_end/ingest_setup.h"

namespace pannier::end_to_end {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class GuestKeysTest : public testing::Test {
 protected:
  // Empty batches that were sent with this key.
  [[nodiscard]] std::size_t questions(const std::string& key) const {
    std::size_t count = 0;
    for (const SeenRequest& request : backend_.requests())
      count += request.headers.at("x-api-key") == key && request.records == 0 ? 1 : 0;
    return count;
  }
  [[nodiscard]] std::uint64_t held(const std::string& lane) const {
    return daemon_.status_json().sum(lane + "/held");
  }

  ScriptedBackend backend_{two_services()};
  DaemonProcess daemon_{ingest_options(backend_)};
};

TEST_F(GuestKeysTest, AreForwardedInALaneOfTheirOwn) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 10, "users"), "key-users").status, 200);
  ASSERT_TRUE(backend_.wait_for_records(10, patience));
  EXPECT_THAT(guest_lane(daemon_), MatchesRegex("/lanes/malti~1users@[0-9a-f]+"));
  EXPECT_EQ(questions("key-users"), 1U) << "a key is tried without records first";
  for (const SeenRequest& request : backend_.requests())
    EXPECT_EQ(request.headers.at("x-api-key"), "key-users");
  const JsonDocument status = settled(daemon_);
  EXPECT_EQ(status.number(guest_lane(daemon_) + "/delivered"), 10U);
  EXPECT_THAT(status.text(), testing::Not(HasSubstr("key-users")));
  EXPECT_THAT(daemon_.log(), testing::Not(HasSubstr("key-users")));
}

// Only what came with that very key goes there.
TEST_F(GuestKeysTest, CarryNoRecordsOfOtherSenders) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 1, "users"), "key-users").status, 200);
  ASSERT_TRUE(backend_.wait_for_records(1, patience));
  const std::string lane = guest_lane(daemon_);
  send_records(daemon_, 1, 1, {{"service", "\"users\""}});
  const std::string name = lane.substr(lane.rfind('1') == 0 ? 0 : std::string("/lanes/malti~1").size());
  send_records(daemon_, 2, 1, {{"service", "\"" + name + "\""}});
  wait_for_state(daemon_, users, "blocked", "no key");
  EXPECT_EQ(daemon_.status_json().number(lane + "/accepted"), 1U);
  EXPECT_EQ(backend_.contexts(), marks(0, 1));
  expect_balanced(daemon_);
}

TEST_F(GuestKeysTest, JunkIsRefusedOnceMaltiHasSaidSoAndTroublesNobodyElse) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 5, "users"), "junk").status, 200);
  ASSERT_TRUE(wait_until([&] { return !guest_lane(daemon_).empty(); }, patience));
  wait_for_state(daemon_, guest_lane(daemon_), "blocked", "key refused (401");
  const HttpReply reply = ingest(daemon_, sdk_body(5, 5, "users"), "junk");
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.body, R"({"detail":"Invalid API key"})");
  EXPECT_EQ(ingest(daemon_, sdk_body(10, 5, "search"), "junk").status, 401)
      << "the key is junk for everybody";
  EXPECT_EQ(ingest(daemon_, sdk_body(20, 5), "junk").status, 200) << "this service has a key of its own";
  EXPECT_EQ(ingest(daemon_, sdk_body(30, 5, "users"), "key-users").status, 200);
  ASSERT_TRUE(backend_.wait_for_records(10, patience));
  EXPECT_EQ(held(guest_lane(daemon_)), 5U) << "kept, not lost";
  expect_balanced(daemon_);
}

// A key that Malti learns of later.
TEST_F(GuestKeysTest, WhatARefusedKeyBroughtArrivesOnceItIsTaken) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 5, "users"), "late-key").status, 200);
  ASSERT_TRUE(wait_until([&] { return !guest_lane(daemon_).empty(); }, patience));
  wait_for_state(daemon_, guest_lane(daemon_), "blocked", "key refused");
  backend_.set_key("late-key", "users");
  ASSERT_TRUE(backend_.wait_for_records(5, patience));
  settled(daemon_);
}

TEST_F(GuestKeysTest, AreTakenForAThousandRecordsUntilTheyAreProven) {
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 1000, "users"), "key-users").status, 200);
  const HttpReply reply = ingest(daemon_, sdk_body(1000, 1, "users"), "key-users");
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.head, HasSubstr("Retry-After: "));
  backend_.start_again();
  ASSERT_TRUE(wait_until(
      [&] { return ingest(daemon_, sdk_body(1000, 2000, "users"), "key-users").status == 200; }, patience));
  ASSERT_TRUE(backend_.wait_for_records(3000, patience));
  EXPECT_EQ(backend_.contexts(), marks(0, 3000));
  settled(daemon_);
}

TEST_F(GuestKeysTest, TheSeventeenthIsSentAwayAndCountedWhileTheOthersHoldSomething) {
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  for (std::uint64_t i = 0; i < 16; ++i)
    ASSERT_EQ(ingest(daemon_, sdk_body(i, 1, "users"), "key-" + std::to_string(i)).status, 200);
  const HttpReply reply = ingest(daemon_, sdk_body(16, 1, "users"), "key-16");
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.head, HasSubstr("Retry-After: "));
  EXPECT_EQ(daemon_.status_json().number(std::string(http_door) + "/limits/keys"), 1U);
  expect_balanced(daemon_);
}

// ---- over restarts: the key lives in memory only

class GuestRestartTest : public testing::TestWithParam<const char*> {
 protected:
  ScriptedBackend backend_{two_services()};
  DaemonProcess daemon_{ingest_options(backend_, {}, {}, {{"PANNIER__SPOOL__MODE", GetParam()}})};
};

TEST_P(GuestRestartTest, WhatTheSpoolHoldsWaitsUntilTheKeyIsSeenAgain) {
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 20, "users"), "key-users").status, 200);
  const std::string lane = guest_lane(daemon_);
  ASSERT_EQ(daemon_.terminate(), 0);
  backend_.start_again();
  ASSERT_TRUE(daemon_.start());
  wait_for_state(daemon_, lane, "blocked", "key unknown");
  EXPECT_EQ(daemon_.status_json().number(lane + "/carried_in"), 20U);
  EXPECT_EQ(ingest(daemon_, sdk_body(20, 1, "users"), "another").status, 200);
  EXPECT_EQ(ingest(daemon_, sdk_body(21, 4, "users"), "key-users").status, 200);
  ASSERT_TRUE(backend_.wait_for_records(24, patience));
  EXPECT_EQ(daemon_.status_json().number(lane + "/delivered"), 24U) << "the same key has the same lane";
  EXPECT_FALSE(backend_.contexts().contains(mark(20)));
  expect_balanced(daemon_);
}

// Neither the key nor anything by which it could be guessed without the spool.
TEST_P(GuestRestartTest, NoFileHoldsTheKey) {
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 20, "users"), "s3cret-of-a-sender").status, 200);
  ASSERT_EQ(daemon_.terminate(), 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon_.folder()))
    if (entry.is_regular_file()) {
      EXPECT_THAT(read_file(entry.path()), testing::Not(HasSubstr("s3cret-of-a-sender"))) << entry.path();
    }
}

INSTANTIATE_TEST_SUITE_P(EachMode, GuestRestartTest, testing::Values("overflow", "always"));

}  // namespace
}  // namespace pannier::end_to_end
