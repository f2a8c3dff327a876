// A disk whose calls fail or take long, and files that may not be opened any more: the daemon goes on in
// memory, says so wherever it is asked, and uses the disk again as soon as it can.
#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/end_to_end/observed.h"
#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

using testing::HasSubstr;

class FailingDiskTest : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] static DaemonOptions preloaded(DaemonOptions options) {
    options.config += observe;
    options.environment.emplace("LD_PRELOAD", PANNIER_PRELOADED_DISK);
    options.environment.emplace("FAILING_DISK", "@folder@/trouble");
    return options;
  }
  // See preloaded_disk.cpp.
  void fail(const std::string& how) const {
    write_file(daemon_.folder() / "trouble.new", how);
    std::filesystem::rename(daemon_.folder() / "trouble.new", daemon_.folder() / "trouble");
  }
  void heal() const { std::filesystem::remove(daemon_.folder() / "trouble"); }
  [[nodiscard]] std::string state() const { return daemon_.status_json().string("/spool/state"); }
  void send(std::uint64_t records) {
    send_lines(daemon_, sent_, records);
    sent_ += records;
  }
  void send_until_it_fails() {
    ASSERT_TRUE(wait_until(
        [&] {
          send(2000);
          return state() != "ok" || sent_ > 200'000;
        },
        patience));
  }
  void expect_said_everywhere(const std::string& what) const {
    EXPECT_THAT(state(), HasSubstr(what));
    expect_logged(daemon_, what);
    EXPECT_THAT(daemon_.command({"status", "--control", daemon_.control_path()}).output,
                HasSubstr("spool: NOT OK"));
    EXPECT_THAT(get_http(daemon_.tcp_port(), "/delivering").body, HasSubstr(what));
    EXPECT_EQ(metric(daemon_, "pannier_spool_ok"), 0U);
    expect_balanced(daemon_);
  }
  void expect_ok_again() const {
    EXPECT_TRUE(wait_until([&] { return state() == "ok"; }, patience)) << state() << daemon_.log();
    EXPECT_EQ(metric(daemon_, "pannier_spool_ok"), 1U);
    expect_balanced(daemon_);
  }
  // Each record that was sent: there, or counted.
  void expect_nothing_is_lost_silently() {
    const JsonDocument status = settled(daemon_);
    const std::uint64_t dropped = status.number(std::string(orders) + "/dropped/full");
    EXPECT_EQ(backend_.contexts().size() + dropped, sent_) << status.text();
    expect_duplicates_are_known(backend_, daemon_);
    daemon_.kill9();
    ASSERT_TRUE(daemon_.start());
    EXPECT_EQ(daemon_.status_json().number("/lost_in_crash"), 0U);
    EXPECT_EQ(daemon_.status_json().number(std::string(orders_totals) + "/accepted"), sent_);
    expect_balanced(daemon_);
  }

  std::uint64_t sent_ = 0;
  ScriptedBackend backend_;
  DaemonProcess daemon_{preloaded(spool_options(backend_, GetParam(), {{"PANNIER__MEMORY", "24MiB"}}))};
};

TEST_P(FailingDiskTest, ErrorsOfWritingAreToldAndTheDiskIsUsedAgain) {
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  send(500);
  fail("5 ws");
  send_until_it_fails();
  expect_said_everywhere("disk I/O error");
  backend_.start_again();
  settled(daemon_);
  heal();
  expect_ok_again();
  expect_nothing_is_lost_silently();
}

TEST_P(FailingDiskTest, ADiskThatTurnsReadOnlyIsToldAndUsedAgain) {
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  fail("30 wo");
  send_until_it_fails();
  expect_said_everywhere("spool.db");
  heal();
  expect_ok_again();
  backend_.start_again();
  expect_nothing_is_lost_silently();
}

TEST_P(FailingDiskTest, WhatCannotBeReadNowIsReadLater) {
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  send(40'000);
  ASSERT_EQ(daemon_.terminate(), 0);
  ASSERT_TRUE(daemon_.start());
  fail("5 r");
  backend_.start_again();
  ASSERT_TRUE(wait_until([&] { return state() != "ok"; }, patience));
  expect_said_everywhere("Input/output error");
  heal();
  settled(daemon_);
  expect_ok_again();
  EXPECT_THAT(daemon_.log(), testing::Not(HasSubstr("damaged")));
  expect_all_arrive(backend_, daemon_, marks(0, sent_));
  EXPECT_EQ(daemon_.status_json().sum(std::string(orders_totals) + "/dropped"), 0U);
}

TEST_P(FailingDiskTest, PermissionTakenAwayIsToldAndNothingIsLost) {
  // Else permissions mean nothing to root and its programs.
  for (const int power : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH})
    if (::geteuid() == 0) ASSERT_EQ(::prctl(PR_CAPBSET_DROP, power, 0, 0, 0), 0);
  const auto set = [&](unsigned mode) {
    for (const char* end : {"", "-wal", ".page"})
      if (const std::string path = daemon_.spool_path() + end; std::filesystem::exists(path))
        std::filesystem::permissions(path, std::filesystem::perms(mode));
  };
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  send(500);
  set(0);
  send(500);
  EXPECT_EQ(state(), "ok") << "what is open may be written";
  ASSERT_EQ(daemon_.terminate(), 0);
  set(0);
  ASSERT_TRUE(daemon_.start());
  expect_said_everywhere("ermission denied");
  send(500);
  set(0640);
  expect_ok_again();
  backend_.start_again();
  expect_all_arrive(backend_, daemon_, marks(0, sent_));
}

INSTANTIATE_TEST_SUITE_P(EveryMode, FailingDiskTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });

// In mode always, for the other asks less of the disk.
class SlowDiskTest : public testing::Test {
 protected:
  [[nodiscard]] static DaemonOptions slow(const ScriptedBackend& backend, Environment environment = {}) {
    environment.insert({{"PANNIER__SPOOL__SURVIVES", "power"},
                        {"LD_PRELOAD", PANNIER_PRELOADED_DISK},
                        {"SLOW_DISK_MS", "2000"}});
    return spool_options(backend, "always", std::move(environment));
  }
  ScriptedBackend backend_;
};

TEST_F(SlowDiskTest, HoldsUpNobodyButAcks) {
  DaemonProcess daemon(slow(backend_));
  ASSERT_TRUE(daemon.start());
  expect_logged(daemon, "is still being opened");
  backend_.stop();
  for (std::uint64_t first = 0; first != 5000; first += 500) {
    const auto before = std::chrono::steady_clock::now();
    send_lines(daemon, first, 500);
    EXPECT_LT(std::chrono::steady_clock::now() - before, sanitized ? 10s : 1s) << "it waited for the disk";
    expect_balanced(daemon);
  }
  EXPECT_TRUE(wait_until([&] { return daemon.status_json().string("/spool/state") == "ok"; }, patience));
  expect_logged(daemon, "works again");
  expect_balanced(daemon);
  backend_.start_again();
  expect_all_arrive(backend_, daemon, marks(0, 5000));
  UnixStreamClient client(daemon.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  client.send_line(numbered_line(5000));
  EXPECT_TRUE(client.wait_for_ack(1, patience));
  EXPECT_EQ(daemon.terminate(), 0);
}

TEST_F(SlowDiskTest, DoesNotKeepAStartThatFailsFromEnding) {
  const ScriptedBackend other;
  const std::string taken = "127.0.0.1:" + std::to_string(other.port());
  DaemonProcess daemon(slow(backend_, {{"PANNIER__OBSERVE__ADDRESS", taken}}));
  daemon.launch();
  EXPECT_EQ(daemon.wait_for_end(), 1) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("is in use"));
}

}  // namespace
}  // namespace pannier::fault
