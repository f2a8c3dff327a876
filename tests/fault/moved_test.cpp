// The spool's files removed, renamed or replaced under the running daemon.
#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

constexpr std::uint64_t count = 3000;

class MovedTest : public testing::TestWithParam<const char*> {
 protected:
  // Records that nobody takes, all of them on disk.
  void fill(const DaemonProcess& daemon) {
    backend_.stop();
    send(daemon, count);
    if (std::string(GetParam()) == "always")
      EXPECT_TRUE(wait_until([&] { return is_all_on_disk(daemon.status_json()); }, patience));
  }
  void send(const DaemonProcess& daemon, std::uint64_t records) {
    send_lines(daemon, sent_, records);
    sent_ += records;
  }
  [[nodiscard]] static bool is_logged(const DaemonProcess& daemon, const std::string& words) {
    return wait_until([&] { return daemon.log().find(words) != std::string::npos; }, patience);
  }
  void expect_all_survive_a_kill(DaemonProcess& daemon) {
    send(daemon, 500);
    ASSERT_TRUE(wait_until([&] { return daemon.status_json().string("/spool/state") == "ok"; }, patience))
        << daemon.log();
    const bool always = std::string(GetParam()) == "always";
    if (always)
      ASSERT_TRUE(wait_until([&] { return is_all_on_disk(daemon.status_json()); }, patience)) << daemon.log();
    expect_balanced(daemon);
    if (always)
      daemon.kill9();
    else
      ASSERT_EQ(daemon.terminate(), 0);
    ASSERT_TRUE(daemon.start());
    EXPECT_EQ(daemon.status_json().number(std::string(orders) + "/carried_in"), sent_);
    EXPECT_EQ(daemon.status_json().number("/lost_in_crash"), 0U) << daemon.status_json().text();
    backend_.start_again();
    expect_all_arrive(backend_, daemon, marks(0, sent_));
    EXPECT_EQ(daemon.status_json().sum(std::string(orders_totals) + "/dropped"), 0U);
    EXPECT_EQ(daemon.status_json().number(std::string(orders_totals) + "/accepted"), sent_);
    EXPECT_EQ(daemon.status_json().number("/spool/unknown_ends"), 0U);
  }
  [[nodiscard]] static DaemonOptions in_a_folder(DaemonOptions options) {
    const std::string usual = "@folder@/spool.db";
    options.config.replace(options.config.find(usual), usual.size(), "@folder@/deep/state/spool.db");
    return options;
  }

  // Another file lies at its path.
  void replace(const DaemonProcess& daemon) const {
    write_file(daemon.folder() / "other", foreign_);
    std::filesystem::rename(daemon.folder() / "other", daemon.spool_path());
  }

  const std::string foreign_ = "somebody else's";
  std::uint64_t sent_ = 0;
  ScriptedBackend backend_;
};

TEST_P(MovedTest, ARemovedFileIsMadeAnewWithAllThatItHeld) {
  DaemonProcess daemon(spool_options(backend_, GetParam()));
  ASSERT_TRUE(daemon.start());
  fill(daemon);
  std::filesystem::remove(daemon.spool_path());
  send(daemon, 1);
  ASSERT_TRUE(is_logged(daemon, "was removed or replaced while it was open")) << daemon.log();
  expect_all_survive_a_kill(daemon);
}

TEST_P(MovedTest, ARemovedLogLosesNothing) {
  DaemonProcess daemon(spool_options(backend_, GetParam()));
  ASSERT_TRUE(daemon.start());
  fill(daemon);
  std::filesystem::remove(daemon.spool_path() + "-wal");
  send(daemon, 1);
  ASSERT_TRUE(is_logged(daemon, "was removed or replaced while it was open")) << daemon.log();
  expect_all_survive_a_kill(daemon);
}

TEST_P(MovedTest, ARemovedFolderIsMadeAnewWithAllOfItsFiles) {
  DaemonProcess daemon(in_a_folder(spool_options(backend_, GetParam())));
  ASSERT_TRUE(daemon.start());
  fill(daemon);
  std::filesystem::remove_all(daemon.folder() / "deep");
  send(daemon, 1);
  ASSERT_TRUE(is_logged(daemon, "spool.db was removed or replaced while it was open")) << daemon.log();
  ASSERT_TRUE(is_logged(daemon, "spool.db.page was removed or replaced while it was open")) << daemon.log();
  DaemonProcess second([&] {
    DaemonOptions options = spool_options(backend_, GetParam());
    const std::string usual = "@folder@/spool.db";
    options.config.replace(options.config.find(usual), usual.size(),
                           (daemon.folder() / "deep/state/spool.db").string());
    return options;
  }());
  ASSERT_TRUE(
      wait_until([&] { return std::filesystem::exists(daemon.folder() / "deep/state/spool.db"); }, patience));
  second.launch();
  EXPECT_EQ(second.wait_for_end(), 1) << "it is ours still\n" << second.log();
  expect_all_survive_a_kill(daemon);
}

TEST_P(MovedTest, ARemovedPageIsMadeAnewSoThatAKillIsKnown) {
  DaemonProcess daemon(spool_options(backend_, GetParam()));
  ASSERT_TRUE(daemon.start());
  send(daemon, 100);
  settled(daemon);
  std::filesystem::remove(daemon.spool_path() + ".page");
  send(daemon, 100);
  ASSERT_TRUE(is_logged(daemon, "spool.db.page was removed or replaced")) << daemon.log();
  send(daemon, 100);
  settled(daemon);
  daemon.kill9();
  ASSERT_TRUE(daemon.start());
  const JsonDocument status = daemon.status_json();
  EXPECT_EQ(status.number("/lost_in_crash"), 0U) << status.text();
  EXPECT_EQ(status.number(std::string(orders_totals) + "/accepted"), 300U) << status.text();
  EXPECT_EQ(status.number("/spool/unknown_ends"), 0U) << status.text();
  expect_balanced(daemon);
}

TEST_P(MovedTest, WhatLiesThereInsteadIsNotTouchedAndMovingItAwayIsTheCure) {
  DaemonProcess daemon(spool_options(backend_, GetParam()));
  ASSERT_TRUE(daemon.start());
  fill(daemon);
  replace(daemon);
  send(daemon, 1);
  const auto says = [&] {
    return daemon.status_json().string("/spool/state").find("move away what lies there now") !=
           std::string::npos;
  };
  ASSERT_TRUE(wait_until(says, patience)) << daemon.status_json().text() << daemon.log();
  EXPECT_EQ(read_file(daemon.spool_path()), foreign_);
  expect_balanced(daemon);
  std::filesystem::remove(daemon.spool_path());
  expect_all_survive_a_kill(daemon);
}

TEST_P(MovedTest, AFileThatIsRemovedBeforeTheEndIsMadeAnewByIt) {
  DaemonProcess daemon(spool_options(backend_, GetParam()));
  ASSERT_TRUE(daemon.start());
  fill(daemon);
  std::filesystem::remove(daemon.spool_path());
  ASSERT_EQ(daemon.terminate(), 0);
  ASSERT_TRUE(daemon.start());
  EXPECT_EQ(daemon.status_json().number(std::string(orders) + "/carried_in"), sent_);
  backend_.start_again();
  expect_all_arrive(backend_, daemon, marks(0, sent_));
}

TEST_P(MovedTest, WhatLiesThereInsteadAtTheEndIsNotTouchedAndTheLossIsCounted) {
  DaemonProcess daemon(spool_options(backend_, GetParam()));
  ASSERT_TRUE(daemon.start());
  fill(daemon);
  replace(daemon);
  ASSERT_EQ(daemon.terminate(), 0);
  EXPECT_EQ(read_file(daemon.spool_path()), foreign_);
  EXPECT_NE(daemon.log().find("move away what lies there now"), std::string::npos) << daemon.log();
  const std::string ledger = last_line(daemon.log());
  EXPECT_NE(ledger.find("3000 accepted = 0 delivered + 0 dead + 3000 dropped"), std::string::npos) << ledger;
  EXPECT_NE(ledger.find("; balanced"), std::string::npos) << ledger;
}

INSTANTIATE_TEST_SUITE_P(EveryMode, MovedTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pannier::fault
