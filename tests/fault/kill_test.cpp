// kill -9 under load: what was acknowledged arrives, what comes twice is known, and the books balance.
#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

constexpr unsigned kills_wanted = sanitized ? 5 : 20;
constexpr unsigned clients = 3;

// Some batches arrive, the next one is never answered; every other time its records were stored all the same.
void answer_some_and_hang(ScriptedBackend& backend, unsigned round) {
  backend.follow_contract();
  backend.next(Behaviour{}.storing().repeated(round % 4));
  const Behaviour hang = of_kind(Behaviour::Kind::hang);
  backend.next(round % 2 == 0 ? hang.storing() : hang);
  backend.next(slow(10ms).for_ever());
}

TEST(KillTest, NothingAcknowledgedIsMissingAfterManyKillsInModeAlways) {
  ScriptedBackend backend;
  DaemonProcess daemon(spool_options(backend, "always"));
  answer_some_and_hang(backend, 0);
  ASSERT_TRUE(daemon.start());
  Load load(daemon, clients);
  unsigned kills_in_the_middle = 0;
  for (unsigned round = 1; kills_in_the_middle < kills_wanted && round < 4 * kills_wanted; ++round) {
    ASSERT_TRUE(load.wait_for_more(100)) << daemon.status_json().text() << daemon.log();
    const std::uint64_t before = load.breaks_while_waiting();
    const auto is_in_the_middle = [&] {
      return backend.open_requests() > 0 && load.made() > load.acknowledged();
    };
    ASSERT_TRUE(wait_until(is_in_the_middle, patience));
    daemon.kill9();
    // Records were with the daemon that it had not acknowledged: their commit was pending.
    const auto broke = [&] { return load.breaks_while_waiting() > before; };
    if (wait_until(broke, 1s)) ++kills_in_the_middle;
    answer_some_and_hang(backend, round);
    ASSERT_TRUE(daemon.start());
    const CommandResult check = daemon.check();
    ASSERT_EQ(check.exit_code, 0) << check.output << check.error << daemon.log();
  }
  EXPECT_GE(kills_in_the_middle, kills_wanted);
  backend.follow_contract();
  backend.release();
  load.finish();
  expect_all_arrive(backend, daemon, load.all_marks());
  expect_duplicates_are_known(backend, daemon);
  EXPECT_GT(duplicates(backend), 0U) << "the kills met no open request: the test proves little";
  EXPECT_EQ(daemon.status_json().number("/undurable"), 0U);
}

TEST(KillTest, InModeOverflowWhatWasInMemoryIsLostAtMostAndSaid) {
  ScriptedBackend backend;
  DaemonProcess daemon(spool_options(backend, "overflow"));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 300);
  settled(daemon);
  backend.next(of_kind(Behaviour::Kind::hang).for_ever());
  send_records(daemon, 300, 1700);
  const JsonDocument before = daemon.status_json();
  EXPECT_EQ(before.number("/at_risk"), 1700U) << before.text();
  daemon.kill9();
  backend.follow_contract();
  ASSERT_TRUE(daemon.start());
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number("/lost_in_crash"), 1700U) << status.text();
  EXPECT_EQ(status.number(std::string(orders_totals) + "/lost_in_crash"), 1700U) << status.text();
  EXPECT_EQ(status.number(std::string(orders_totals) + "/accepted"), 2000U);
  EXPECT_EQ(status.number(std::string(orders_totals) + "/delivered"), 300U);
  const std::string said = daemon.command({"status", "--control", daemon.control_path()}).output;
  EXPECT_NE(said.find("1700"), std::string::npos) << said;
  // It is the last crash's loss: the next clean run has none, and the totals keep it.
  EXPECT_EQ(daemon.terminate(), 0);
  ASSERT_TRUE(daemon.start());
  EXPECT_EQ(daemon.status_json().number("/lost_in_crash"), 0U);
  EXPECT_EQ(daemon.status_json().number(std::string(orders_totals) + "/lost_in_crash"), 1700U);
  expect_balanced(daemon);
}

// Kills at any moment in the default mode: what is lost is known, and what was on disk is not.
TEST(KillTest, InModeOverflowABacklogOutlivesEveryKillAndTheBooksBalance) {
  constexpr unsigned rounds = sanitized ? 3 : 8;
  constexpr std::uint64_t a_round = sanitized ? 2000 : 20000;
  ScriptedBackend backend;
  DaemonProcess daemon(spool_options(backend, "overflow", {{"PANNIER__MEMORY", "24MiB"}}));
  std::uint64_t lost = 0;
  ASSERT_TRUE(daemon.start());
  for (unsigned round = 0; round != rounds; ++round) {
    backend.follow_contract();
    backend.next(Behaviour{}.storing().repeated(round));
    backend.next(of_kind(Behaviour::Kind::close_unanswered).storing().repeated(3));
    backend.next(of_kind(Behaviour::Kind::close_unread).for_ever());
    send_records(daemon, round * a_round, a_round);
    wait_for_state(daemon, orders, "backing_off");
    const JsonDocument before = daemon.status_json();
    daemon.kill9();
    ASSERT_TRUE(daemon.start());
    ASSERT_EQ(daemon.check().exit_code, 0) << daemon.check().error << daemon.log();
    const JsonDocument after = daemon.status_json();
    EXPECT_FALSE(after.is_null("/lost_in_crash"));
    EXPECT_LE(after.number("/lost_in_crash"), before.number("/at_risk")) << before.text();
    lost += after.number("/lost_in_crash");
  }
  backend.follow_contract();
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number(std::string(orders_totals) + "/lost_in_crash"), lost);
  EXPECT_EQ(status.number(std::string(orders_totals) + "/accepted"), rounds * a_round);
  // What is called lost is the upper bound of what did not arrive.
  EXPECT_GE(backend.contexts().size() + lost, rounds * a_round);
  expect_duplicates_are_known(backend, daemon);
}

}  // namespace
}  // namespace pannier::fault
