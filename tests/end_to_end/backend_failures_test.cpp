// What an operator lives through: outages, refused and missing keys, records that a backend will not take.
#include <array>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

TEST(BackendFailuresTest, AnOutageLosesAndDoublesNothing) {
  ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  ASSERT_TRUE(backend.wait_for_records(100, patience));
  settled(daemon);  // nothing is under way when it goes
  backend.stop();
  send_records(daemon, 100, 5000);
  wait_for_state(daemon, orders, "backing_off", "no answer");
  expect_balanced(daemon);
  backend.start_again();
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 5100));
  EXPECT_EQ(backend.stored_records(), 5100U);
  EXPECT_EQ(status.number(std::string(orders) + "/delivered"), 5100U);
}

TEST(BackendFailuresTest, DuplicatesAfterLostAnswersAreNeverMoreThanMaybeTwice) {
  ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  backend.next(lost_answer().repeated(4));
  send_records(daemon, 0, 2000);
  const JsonDocument status = settled(daemon);
  const std::uint64_t duplicates = backend.stored_records() - backend.distinct_records();
  EXPECT_EQ(backend.contexts(), marks(0, 2000));
  EXPECT_GT(duplicates, 0U);
  EXPECT_LE(duplicates, status.number(std::string(orders) + "/maybe_twice"));
}

TEST(BackendFailuresTest, ARefusedKeyKeepsAllUntilAReloadBringsAGoodOne) {
  ScriptedBackend backend(two_services());
  DaemonOptions options = malti_options(backend);
  const std::string inline_key = "orders: key-orders";
  options.config.replace(options.config.find(inline_key), inline_key.size(),
                         "orders: { file: \"@folder@/key\" }");
  DaemonProcess daemon(options);
  write_file(daemon.folder() / "key", "key-of-yesterday\n");
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 50);
  send_records(daemon, 50, 50, {{"service", "\"users\""}});
  wait_for_state(daemon, orders, "blocked", "key refused");
  wait_for_number(daemon, std::string(users) + "/delivered", 50);  // another lane's key is its own affair
  EXPECT_EQ(daemon.status_json().sum(std::string(orders) + "/held"), 50U);
  expect_balanced(daemon);
  write_file(daemon.folder() / "key", "key-orders\n");
  const CommandResult reload = daemon.reload();
  EXPECT_EQ(reload.exit_code, 0) << reload.error;
  settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 100));
  EXPECT_EQ(backend.stored_records(), 100U);
}

TEST(BackendFailuresTest, ALaneWithoutAKeyKeepsItsRecordsUntilThereIsOne) {
  const ScriptedBackend backend(two_services());
  DaemonOptions options = malti_options(backend);
  const std::string good = options.config, keys = ", users: key-users";
  options.config.erase(options.config.find(keys), keys.size());
  DaemonProcess daemon(options);
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 20, {{"service", "\"users\""}});
  send_records(daemon, 20, 20);
  wait_for_state(daemon, users, "blocked", "no key");
  wait_for_number(daemon, std::string(orders) + "/delivered", 20);
  EXPECT_EQ(daemon.status_json().sum(std::string(users) + "/held"), 20U);
  expect_balanced(daemon);
  daemon.write_config(good);
  EXPECT_EQ(daemon.reload().exit_code, 0);
  settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 40));
}

class IsolationTest : public testing::TestWithParam<Poison> {};

TEST_P(IsolationTest, FindsTheRecordsThatSpoilABatchAndDeliversAllOthersOnce) {
  ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend, {{"PANNIER__DELIVER__MALTI__RETRY__BASE", "1ms"},
                                               {"PANNIER__DELIVER__MALTI__RETRY__CAP", "5ms"}}));
  ASSERT_TRUE(daemon.start());
  for (const std::uint64_t id : {0U, 137U, 499U}) backend.poison(mark(id), GetParam());
  send_records(daemon, 0, 500);
  std::uint64_t sent = 500;
  // A 500 that names nobody is an outage until another batch gets through: the traffic goes on.
  EXPECT_TRUE(wait_until(
      [&] {
        if (over_lanes(daemon.status_json(), "held") == 0) return true;
        send_records(daemon, sent++, 1);
        return false;
      },
      patience));
  const JsonDocument status = settled(daemon);
  std::set<std::string> good = marks(0, sent);
  for (const std::uint64_t id : {0U, 137U, 499U}) good.erase(mark(id));
  EXPECT_EQ(backend.contexts(), good);
  EXPECT_EQ(backend.stored_records(), good.size());
  EXPECT_EQ(status.number(std::string(orders) + "/dead"), 3U);
  EXPECT_EQ(status.number("/dead_letters/stored"), 3U);
}

std::string name_of(const testing::TestParamInfo<Poison>& info) {
  constexpr std::array names{"Unprocessable", "UnprocessableHidden", "BadRequest", "ServerErrorElement",
                             "ServerError"};
  return names[static_cast<std::size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(EveryPoison, IsolationTest,
                         testing::Values(Poison::unprocessable, Poison::unprocessable_hidden,
                                         Poison::bad_request, Poison::server_error_element,
                                         Poison::server_error),
                         name_of);

TEST(BackendFailuresTest, ABatchThatIsTooLargeIsHalvedUntilItFits) {
  ScriptedBackend backend;
  backend.limit_body(4096);
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 300);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 300));
  EXPECT_EQ(status.number(std::string(orders) + "/dead"), 0U);
}

TEST(BackendFailuresTest, ASlowBackendIsWaitedFor) {
  ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  backend.next(slow(1s));
  send_records(daemon, 0, 10);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(backend.stored_records(), 10U);
  EXPECT_EQ(status.number(std::string(orders) + "/maybe_twice"), 0U);
}

TEST(BackendFailuresTest, ABlockedLaneThatIsFullKeepsItsOldestOnDiskAndDropsNothing) {
  ScriptedBackend backend;
  backend.remove_key("key-orders");
  DaemonProcess daemon(malti_options(backend, {{"PANNIER__MEMORY", "24MiB"}}));
  ASSERT_TRUE(daemon.start());
  constexpr std::uint64_t sent = 50'000;
  send_records(daemon, 0, sent);
  ASSERT_TRUE(wait_until([&] { return daemon.status_json().number(std::string(orders) + "/held/spool") > 0; },
                         patience));
  expect_balanced(daemon);
  backend.set_key("key-orders", "orders");
  EXPECT_EQ(daemon.reload().exit_code, 0);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number(std::string(orders) + "/dropped/full"), 0U);
  EXPECT_EQ(backend.contexts(), marks(0, sent));
  EXPECT_EQ(backend.stored_records(), sent);
}

TEST(BackendFailuresTest, WithoutASpoolABlockedLaneThatIsFullDropsItsOldestAndCountsThem) {
  ScriptedBackend backend;
  backend.remove_key("key-orders");
  DaemonProcess daemon(
      malti_options(backend, {{"PANNIER__MEMORY", "24MiB"}, {"PANNIER__SPOOL__MODE", "off"}}));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 1);
  wait_for_state(daemon, orders, "blocked", "key refused");
  constexpr std::uint64_t sent = 50'000;
  send_records(daemon, 1, sent - 1);
  const JsonDocument full = daemon.status_json();
  EXPECT_EQ(full.number("/listeners/unix_stream/accepted"), sent);
  EXPECT_GT(full.number(std::string(orders) + "/dropped/full"), 0U);
  expect_balanced(daemon);
  backend.set_key("key-orders", "orders");
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(backend.distinct_records() + status.number(std::string(orders) + "/dropped/full"), sent);
  EXPECT_TRUE(backend.contexts().contains(mark(sent - 1))) << "the newest are kept";
}

}  // namespace
}  // namespace pannier::end_to_end
