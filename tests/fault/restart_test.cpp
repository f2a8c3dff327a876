// Ends that are asked for: SIGTERM while nothing is answered, and while clients go on sending.
#include <csignal>

#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

// DESIGN.md's second, on a machine that has time for it.
constexpr auto a_second = sanitized ? 10s : 1s;

class RestartTest : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] DaemonOptions with_shutdown(const std::string& timeout) const {
    DaemonOptions options = spool_options(backend_, GetParam());
    options.config += "shutdown: { timeout: " + timeout + " }\n";
    return options;
  }
  // 5000 records, of which no request is answered although the backend has stored what it read.
  void send_into_the_void() {
    backend_.next(of_kind(Behaviour::Kind::hang).storing().for_ever());
    send_records(daemon_, 0, records);
    ASSERT_TRUE(backend_.wait_for_requests(2, patience));
  }
  void expect_the_ledger_as_last_line() const {
    const std::string last = last_line(daemon_.log());
    EXPECT_NE(last.find(std::to_string(records) + " lines"), std::string::npos) << last;
    EXPECT_NE(last.find(" 0 dropped"), std::string::npos) << last;
    EXPECT_NE(last.find(std::to_string(records) + " in the spool"), std::string::npos) << last;
    EXPECT_EQ(last.find("NOT"), std::string::npos) << last;
  }
  void expect_the_next_run_delivers_all() {
    backend_.follow_contract();
    ASSERT_TRUE(daemon_.start());
    EXPECT_EQ(daemon_.status_json().number(std::string(orders) + "/carried_in"), records);
    EXPECT_EQ(daemon_.status_json().number("/lost_in_crash"), 0U);
    expect_all_arrive(backend_, daemon_, marks(0, records));
    expect_duplicates_are_known(backend_, daemon_);
    EXPECT_GT(duplicates(backend_), 0U);
  }

  static constexpr std::uint64_t records = 5000;
  ScriptedBackend backend_;
  DaemonProcess daemon_{with_shutdown("2s")};
};

TEST_P(RestartTest, AllIsOnDiskWithinASecondWhileEveryBackendHangs) {
  ASSERT_TRUE(daemon_.start());
  send_into_the_void();
  const auto begun = std::chrono::steady_clock::now();
  daemon_.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return is_all_on_disk(daemon_.status_json()); }, patience))
      << daemon_.status_json().text();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, a_second);
  EXPECT_EQ(daemon_.wait_for_end(), 0);
  expect_the_ledger_as_last_line();
  expect_the_next_run_delivers_all();
}

TEST_P(RestartTest, ASecondSigtermEndsItAtOnceWithAllOnDisk) {
  daemon_.write_config(with_shutdown("10min").config);
  ASSERT_TRUE(daemon_.start());
  send_into_the_void();
  daemon_.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return daemon_.log().find("stopping") != std::string::npos; }, patience));
  EXPECT_EQ(daemon_.terminate(), 0);
  expect_the_ledger_as_last_line();
  expect_the_next_run_delivers_all();
}

TEST_P(RestartTest, LosesNothingAcknowledgedToClientsThatStayConnected) {
  constexpr unsigned restarts = sanitized ? 3 : 8;
  ASSERT_TRUE(daemon_.start());
  Load load(daemon_, 3);
  for (unsigned round = 0; round != restarts; ++round) {
    ASSERT_TRUE(load.wait_for_more(300));
    backend_.follow_contract();
    backend_.next(Behaviour{}.storing().repeated(round % 3));
    if (round % 2 == 0) backend_.next(of_kind(Behaviour::Kind::hang).storing());
    ASSERT_EQ(daemon_.terminate(), 0);
    EXPECT_EQ(last_line(daemon_.log()).find("NOT"), std::string::npos) << daemon_.log();
    ASSERT_TRUE(daemon_.start());
    ASSERT_EQ(daemon_.check().exit_code, 0) << daemon_.check().error << daemon_.log();
    EXPECT_EQ(daemon_.status_json().number("/lost_in_crash"), 0U);
  }
  backend_.follow_contract();
  load.finish();
  expect_all_arrive(backend_, daemon_, load.all_marks());
  expect_duplicates_are_known(backend_, daemon_);
  const JsonDocument status = daemon_.status_json();
  EXPECT_EQ(status.number(std::string(orders_totals) + "/lost_in_crash"), 0U);
  EXPECT_EQ(status.sum(std::string(orders_totals) + "/dropped"), 0U) << status.text() << daemon_.log();
  EXPECT_EQ(status.number(std::string(orders_totals) + "/delivered"),
            status.number(std::string(orders_totals) + "/accepted"));
}

TEST_P(RestartTest, CarriesTheBacklogOverACleanEndAndTheTotalsAddUp) {
  ASSERT_TRUE(daemon_.start());
  send_records(daemon_, 0, 100);
  settled(daemon_);
  backend_.stop();
  send_records(daemon_, 100, 900);
  EXPECT_EQ(daemon_.terminate(), 0);
  ASSERT_TRUE(daemon_.start());
  const JsonDocument carried = daemon_.status_json();
  EXPECT_EQ(carried.number(std::string(orders) + "/carried_in"), 900U) << carried.text();
  expect_balanced(daemon_);
  backend_.start_again();
  expect_all_arrive(backend_, daemon_, marks(0, 1000));
  const JsonDocument status = daemon_.status_json();
  EXPECT_EQ(status.number(std::string(orders_totals) + "/accepted"), 1000U) << status.text();
  EXPECT_EQ(status.number(std::string(orders_totals) + "/delivered"), 1000U) << status.text();
  EXPECT_EQ(status.number(std::string(orders) + "/delivered"), 900U) << status.text();
  EXPECT_LE(status.number(std::string(orders_totals) + "/maybe_twice"), 500U)
      << "at most the one batch that was being tried as the daemon ended";
  EXPECT_EQ(duplicates(backend_), 0U);
}

INSTANTIATE_TEST_SUITE_P(EveryMode, RestartTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pannier::fault
