// Records that spoil their batch, and a key that is changed, in a daemon that is killed meanwhile.
#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

constexpr std::uint64_t records = 500;
const std::set<std::uint64_t> poison{0, 137, 499};

class PoisonTest : public testing::TestWithParam<Poison> {
 protected:
  // Records of requests whose end may not have been committed: two are open, two just answered, and one more
  // for a slow machine.
  [[nodiscard]] static std::uint64_t of_the_last(const ScriptedBackend& backend) {
    std::uint64_t stored = 0;
    const std::vector<SeenRequest> all = backend.requests();
    for (std::size_t i = all.size() - std::min<std::size_t>(all.size(), 5); i < all.size(); ++i)
      if (all[i].stored) stored += all[i].records;
    return stored;
  }
  [[nodiscard]] static bool is_settled(const JsonDocument& status) { return over_lanes(status, "held") == 0; }
};

TEST_P(PoisonTest, KillsAmidTheSearchForItNeitherRepeatNorLose) {
  ScriptedBackend backend;
  DaemonProcess daemon(spool_options(
      backend, "always",
      {{"PANNIER__DELIVER__MALTI__RETRY__BASE", "1ms"}, {"PANNIER__DELIVER__MALTI__RETRY__CAP", "5ms"}}));
  for (const std::uint64_t id : poison) backend.poison(mark(id), GetParam());
  // Slower than ends are gathered for the disk.
  backend.next(slow(sanitized ? 200ms : 60ms).for_ever());
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, records);
  std::size_t kills = 0;
  std::uint64_t may_repeat = 0;
  for (std::size_t seen = backend.request_count(); kills < 8; ++kills, seen = backend.request_count()) {
    const auto is_over = [&] {
      return backend.request_count() >= seen + 4 + kills || is_settled(daemon.status_json());
    };
    ASSERT_TRUE(wait_until(is_over, patience));
    if (is_settled(daemon.status_json())) break;
    daemon.kill9();
    may_repeat += of_the_last(backend);
    ASSERT_TRUE(daemon.start());
    ASSERT_EQ(daemon.check().exit_code, 0) << daemon.check().output;
  }
  EXPECT_GT(kills, 0U) << "it was over before it could be killed";
  const JsonDocument status = settled(daemon);
  std::set<std::string> good = marks(0, records);
  for (const std::uint64_t id : poison) good.erase(mark(id));
  EXPECT_EQ(backend.contexts(), good);
  EXPECT_EQ(status.number(std::string(orders_totals) + "/dead"), poison.size()) << status.text();
  EXPECT_EQ(status.number("/dead_letters/stored"), poison.size());
  EXPECT_EQ(status.number("/lost_in_crash"), 0U);
  expect_duplicates_are_known(backend, daemon);
  // What was committed as delivered is not sent again, whatever its batch still holds.
  EXPECT_LE(duplicates(backend), may_repeat);
}

INSTANTIATE_TEST_SUITE_P(EveryKind, PoisonTest,
                         testing::Values(Poison::unprocessable, Poison::unprocessable_hidden),
                         [](const auto& info) {
                           return info.param == Poison::unprocessable ? "Named" : "Hidden";
                         });

class RotatedKeyTest : public testing::TestWithParam<const char*> {};

TEST_P(RotatedKeyTest, KeepsAllUntilTheNewOneIsThereOverAKill) {
  ScriptedBackend backend;
  DaemonOptions options = spool_options(backend, GetParam());
  const std::string usual = "orders: key-orders";
  ASSERT_NE(options.config.find(usual), std::string::npos) << options.config;
  options.config.replace(options.config.find(usual), usual.size(),
                         "orders: { file: \"@folder@/orders.key\" }");
  DaemonProcess daemon(options);
  const std::string key_path = daemon.folder() / "orders.key";
  write_file(key_path, "key-orders");
  ASSERT_TRUE(daemon.start());
  Load load(daemon, 2);
  ASSERT_TRUE(load.wait_for_more(500));
  backend.remove_key("key-orders");
  backend.set_key("key-new", "orders");
  wait_for_state(daemon, orders, "blocked", "key refused");
  ASSERT_TRUE(load.wait_for_more(500));
  if (GetParam() == std::string_view("always"))
    daemon.kill9();
  else
    ASSERT_EQ(daemon.terminate(), 0);
  ASSERT_TRUE(daemon.start());
  wait_for_state(daemon, orders, "blocked", "key refused");
  write_file(key_path, "key-new");
  load.finish();
  expect_all_arrive(backend, daemon, load.all_marks());
  expect_duplicates_are_known(backend, daemon);
  const JsonDocument status = daemon.status_json();
  EXPECT_EQ(status.sum(std::string(orders_totals) + "/dropped"), 0U) << status.text();
  EXPECT_EQ(status.number("/dead_letters/stored"), 0U);
}

INSTANTIATE_TEST_SUITE_P(EveryMode, RotatedKeyTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pannier::fault
