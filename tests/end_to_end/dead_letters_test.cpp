// Records that a backend refuses for good: kept over crashes, shown to a person, sent again or removed.
#include <gmock/gmock.h>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

using testing::HasSubstr;

class DeadLettersTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    for (const std::uint64_t id : {3U, 7U}) backend_.poison(mark(id), Poison::unprocessable);
    ASSERT_TRUE(daemon_.start());
    send_records(daemon_, 0, 10);
    wait_for_number(daemon_, "/dead_letters/stored", 2);
    settled(daemon_);
    EXPECT_EQ(backend_.stored_records(), 8U);
  }
  [[nodiscard]] std::string letters(std::vector<std::string> arguments, int code = 0) const {
    arguments.insert(arguments.begin(), {"dead-letters", "--control", daemon_.control_path()});
    const CommandResult result = daemon_.command(std::move(arguments));
    EXPECT_EQ(result.exit_code, code) << result.output << result.error;
    return result.output + result.error;
  }

  ScriptedBackend backend_;
  DaemonProcess daemon_{malti_options(backend_, {{"PANNIER__SPOOL__MODE", GetParam()}})};
  const std::uint64_t kept_ = GetParam() == std::string_view("off") ? 0 : 2;  // over a restart
};

TEST_P(DeadLettersTest, AreListedAndShownWithWhatTheBackendSaid) {
  EXPECT_THAT(letters({"list"}), HasSubstr("malti/orders  refused"));
  EXPECT_THAT(letters({"show", "--reason", "refused"}), HasSubstr(mark(3)));
  EXPECT_THAT(letters({"list", "--lane", "malti/users"}), HasSubstr("no dead letters"));
  EXPECT_THAT(letters({"list", "--json"}), HasSubstr(R"("reason":"refused")"));
  expect_logged(daemon_, "control: dead letters show by uid");
}

TEST_P(DeadLettersTest, WhatIsReplayedArrivesOnceTheBackendTakesIt) {
  backend_.cure(mark(3));
  EXPECT_THAT(letters({"replay", "--lane", "malti/orders"}), HasSubstr("replayed 2 letters with 2 records"));
  wait_for_number(daemon_, std::string(orders) + "/delivered", 9);
  wait_for_number(daemon_, "/dead_letters/stored", 1);  // what is refused again
  const JsonDocument status = settled(daemon_);
  EXPECT_EQ(status.number("/dead_letters/replayed"), 2U);
  EXPECT_EQ(status.number("/listeners/replay/accepted"), 2U);
  EXPECT_EQ(backend_.stored_records(), 9U);
  EXPECT_TRUE(backend_.contexts().contains(mark(3)));
}

TEST_P(DeadLettersTest, WhatIsPurgedIsGoneAndCounted) {
  EXPECT_THAT(letters({"purge"}, 2), HasSubstr("no letter was named"));
  EXPECT_THAT(letters({"purge", "--older-than", "1h"}), HasSubstr("purged 0 letters"));
  EXPECT_THAT(letters({"purge", "--all"}), HasSubstr("purged 2 letters with 2 records"));
  EXPECT_THAT(letters({"list"}), HasSubstr("no dead letters"));
  const JsonDocument status = settled(daemon_);
  EXPECT_EQ(status.number("/dead_letters/stored"), 0U);
  EXPECT_EQ(status.number("/dead_letters/purged/by_hand"), 2U);
}

TEST_P(DeadLettersTest, OutliveAKillUnlessTheyAreInMemoryOnly) {
  EXPECT_THAT(letters({"list"}), HasSubstr("refused")) << "then they are stored";
  daemon_.kill9();
  ASSERT_TRUE(daemon_.start());
  const JsonDocument status = settled(daemon_);
  EXPECT_EQ(status.number("/dead_letters/carried_in"), kept_);
  EXPECT_EQ(status.number("/dead_letters/stored"), kept_);
  EXPECT_THAT(letters({"list"}), HasSubstr(kept_ == 0 ? "no dead letters" : "refused"));
}

TEST_P(DeadLettersTest, OutliveARegularEndUnlessTheyAreInMemoryOnly) {
  EXPECT_EQ(daemon_.terminate(), 0);
  EXPECT_THAT(daemon_.log(), HasSubstr("2 dead"));
  EXPECT_THAT(daemon_.log(), testing::Not(HasSubstr("NOT BALANCED")));
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(settled(daemon_).number("/dead_letters/carried_in"), kept_);
}

INSTANTIATE_TEST_SUITE_P(EveryMode, DeadLettersTest, testing::Values("overflow", "always", "off"),
                         [](const auto& mode) { return std::string(mode.param); });

}  // namespace
}  // namespace pannier::end_to_end
