// A spool whose file can't be had: the daemon runs on without it, takes it as soon as it can, or says why it
// will not start.
#include "base/sqlite.h"
#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

// Where the spool is to lie stands a file; make_way() puts a folder there.
class SpoolAbsentTest : public testing::TestWithParam<const char*> {
 protected:
  SpoolAbsentTest() { write_file(place(), "in the way"); }
  [[nodiscard]] std::filesystem::path place() const { return daemon_.folder() / "place"; }
  void make_way() const {
    std::filesystem::remove(place());
    std::filesystem::create_directory(place());
  }
  [[nodiscard]] static DaemonOptions options(const ScriptedBackend& backend) {
    DaemonOptions options = spool_options(backend, GetParam());
    const std::string usual = "spool: { path: \"@folder@/spool.db\" }";
    options.config.replace(options.config.find(usual), usual.size(),
                           "spool: { path: \"@folder@/place/spool.db\" }");
    return options;
  }
  [[nodiscard]] std::string spool_state() const { return daemon_.status_json().string("/spool/state"); }

  ScriptedBackend backend_;
  DaemonProcess daemon_{options(backend_)};
};

TEST_P(SpoolAbsentTest, RunsOnInMemorySaysSoAndUsesItOnceItIsThere) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_NE(spool_state().find("place"), std::string::npos) << daemon_.status_json().text();
  expect_logged(daemon_, "spool.path");
  const std::string said = daemon_.command({"status", "--control", daemon_.control_path()}).output;
  EXPECT_NE(said.find("place"), std::string::npos) << said;
  UnixStreamClient client(daemon_.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  std::string lines;
  for (std::uint64_t id = 0; id != 500; ++id) lines += numbered_line(id) + "\n";
  ASSERT_TRUE(client.send(lines));
  ASSERT_TRUE(backend_.wait_for_records(500, patience)) << daemon_.log();
  ASSERT_TRUE(client.wait_for_ack(500, patience)) << "what was delivered is accounted for";
  settled(daemon_);
  make_way();
  ASSERT_TRUE(wait_until([&] { return spool_state() == "ok"; }, patience)) << daemon_.log();
  backend_.stop();
  send_records(daemon_, 500, 700);
  EXPECT_EQ(daemon_.terminate(), 0);
  EXPECT_NE(last_line(daemon_.log()).find("700 in the spool"), std::string::npos) << daemon_.log();
  backend_.start_again();
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(daemon_.status_json().number(std::string(orders) + "/carried_in"), 700U);
  expect_all_arrive(backend_, daemon_, marks(0, 1200));
  EXPECT_EQ(daemon_.status_json().number(std::string(orders_totals) + "/accepted"), 1200U)
      << daemon_.status_json().text();
  EXPECT_EQ(daemon_.status_json().number("/lost_in_crash"), 0U);
}

TEST_P(SpoolAbsentTest, AcksWaitForTheDeliveryOfWhatNoDiskHolds) {
  if (std::string(GetParam()) != "always") return;  // in the other mode an ack never waits
  ASSERT_TRUE(daemon_.start());
  backend_.next(of_kind(Behaviour::Kind::hang));
  UnixStreamClient client(daemon_.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  client.send_line(numbered_line(0));
  ASSERT_TRUE(backend_.wait_for_requests(1, patience)) << "it is sent all the same";
  EXPECT_FALSE(client.wait_for_ack(1, 300ms)) << "nobody holds it but the daemon's memory";
  EXPECT_EQ(daemon_.status_json().number("/undurable"), 1U) << daemon_.status_json().text();
  backend_.release();
  EXPECT_TRUE(client.wait_for_ack(1, patience));
  settled(daemon_);
}

TEST_P(SpoolAbsentTest, WaitingRecordsAreCommittedOnceItIsThere) {
  ASSERT_TRUE(daemon_.start());
  backend_.stop();
  UnixStreamClient client(daemon_.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  std::string lines;
  for (std::uint64_t id = 0; id != 3000; ++id) lines += numbered_line(id) + "\n";
  ASSERT_TRUE(client.send(lines));
  wait_for_state(daemon_, orders, "backing_off");
  make_way();
  ASSERT_TRUE(wait_until([&] { return spool_state() == "ok"; }, patience)) << daemon_.log();
  EXPECT_TRUE(wait_until([&] { return daemon_.check().exit_code == 0; }, Deadline(0)));
  ASSERT_EQ(daemon_.terminate(), 0);
  EXPECT_NE(last_line(daemon_.log()).find("3000 in the spool"), std::string::npos) << daemon_.log();
  backend_.start_again();
  ASSERT_TRUE(daemon_.start());
  expect_all_arrive(backend_, daemon_, marks(0, 3000));
}

INSTANTIATE_TEST_SUITE_P(EveryMode, SpoolAbsentTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });

class SpoolFileTest : public testing::Test {
 protected:
  void expect_refused(const std::string& words) {
    daemon_.launch();
    EXPECT_EQ(daemon_.wait_for_end(), 1);
    EXPECT_NE(daemon_.log().find("spool.path"), std::string::npos) << daemon_.log();
    EXPECT_NE(daemon_.log().find(words), std::string::npos) << daemon_.log();
  }
  ScriptedBackend backend_;
  DaemonProcess daemon_{spool_options(backend_, "overflow")};
};

TEST_F(SpoolFileTest, ASecondDaemonOnItIsRefusedAndTheFirstWorksOn) {
  ASSERT_TRUE(daemon_.start());
  DaemonOptions options = spool_options(backend_, "overflow");
  const std::string usual = "@folder@/spool.db";
  options.config.replace(options.config.find(usual), usual.size(), daemon_.spool_path());
  DaemonProcess second(options);
  second.launch();
  EXPECT_EQ(second.wait_for_end(), 1);
  EXPECT_NE(second.log().find("give spool.path another path"), std::string::npos) << second.log();
  EXPECT_NE(second.log().find(daemon_.spool_path()), std::string::npos) << second.log();
  send_records(daemon_, 0, 10);
  settled(daemon_);
}

TEST_F(SpoolFileTest, ANewerSchemaIsRefusedAndTheFileStaysAsItIs) {
  ASSERT_TRUE(daemon_.start());
  ASSERT_EQ(daemon_.terminate(), 0);
  {
    auto database = sqlite::Database::open(daemon_.spool_path());
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->run("PRAGMA user_version=1000"));
  }
  const std::string before = read_file(daemon_.spool_path());
  expect_refused("newer");
  EXPECT_EQ(read_file(daemon_.spool_path()), before);
}

TEST_F(SpoolFileTest, AnotherProgramsDatabaseIsRefused) {
  {
    auto database = sqlite::Database::open(daemon_.spool_path());
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->run("CREATE TABLE precious (name TEXT)"));
  }
  expect_refused("another program");
}

}  // namespace
}  // namespace pannier::fault
