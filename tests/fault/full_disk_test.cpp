// A disk that has no room left, filled by the spool itself or by another program: what was delivered goes
// from it all the same, and it is used again as soon as there is room.
#include "tests/fault/load.h"
#include "tests/fault/small_disk.h"

namespace pannier::fault {
namespace {

class FullDiskTest : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] std::string state() const { return daemon_.status_json().string("/spool/state"); }
  // The spool says that its disk is full, in the log too, and what to do.
  void expect_said() const {
    EXPECT_NE(state().find("make room on its disk"), std::string::npos) << daemon_.status_json().text();
    expect_logged(daemon_, "make room on its disk");
    const std::string said = daemon_.command({"status", "--control", daemon_.control_path()}).output;
    EXPECT_NE(said.find("spool: NOT OK"), std::string::npos) << said;
    expect_balanced(daemon_);
  }
  // Acks may not come as long as no disk holds the records.
  void send(std::uint64_t count) {
    send_lines(daemon_, sent_, count);
    sent_ += count;
  }
  void send_until_full() {
    const bool is_full = wait_until(
        [&] {
          send(2000);
          return state() != "ok" || sent_ > 400'000;
        },
        patience);
    ASSERT_TRUE(is_full && sent_ <= 400'000) << "the disk was never full\n" << daemon_.status_json().text();
  }
  void expect_used_again() {
    EXPECT_TRUE(wait_until([&] { return state() == "ok"; }, patience))
        << daemon_.status_json().text() << daemon_.log();
    backend_.stop();
    send(1000);
    ASSERT_EQ(daemon_.terminate(), 0);
    EXPECT_TRUE(std::filesystem::exists(disk_.spool().string() + ".reserve"));
    EXPECT_NE(last_line(daemon_.log()).find("1000 in the spool"), std::string::npos) << daemon_.log();
    backend_.start_again();
    ASSERT_TRUE(daemon_.start());
    expect_all_arrive(backend_, daemon_, marks(0, sent_));
    EXPECT_EQ(daemon_.status_json().sum(std::string(orders_totals) + "/dropped"), 0U);
    EXPECT_EQ(daemon_.status_json().number("/lost_in_crash"), 0U);
    expect_duplicates_are_known(backend_, daemon_);
  }

  std::uint64_t sent_ = 0;
  SmallDisk disk_{24};
  ScriptedBackend backend_;
  DaemonProcess daemon_{disk_.holds(spool_options(backend_, GetParam()))};
};

TEST_P(FullDiskTest, FilledByTheSpoolItIsEmptiedByDeliveryAndUsedAgain) {
  if (!disk_.is_there()) return;
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  send_until_full();
  expect_said();
  backend_.start_again();
  settled(daemon_);
  expect_used_again();
}

TEST_P(FullDiskTest, FilledByAnotherProgramItLosesWhatIsDelivered) {
  if (!disk_.is_there()) return;
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  send(30'000);
  ASSERT_TRUE(wait_until(
      [&] { return daemon_.status_json().number(std::string(orders) + "/held/spool") > 0; }, patience))
      << daemon_.status_json().text();
  disk_.fill();
  send_until_full();
  expect_said();
  backend_.start_again();
  settled(daemon_);
  EXPECT_NE(state(), "ok") << "the other program has all the room";
  daemon_.kill9();
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(daemon_.status_json().number(std::string(orders) + "/carried_in"), 0U)
      << "what was delivered is still in the spool";
  expect_balanced(daemon_);
  disk_.empty();
  expect_used_again();
}

INSTANTIATE_TEST_SUITE_P(EveryMode, FullDiskTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pannier::fault
