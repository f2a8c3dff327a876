// The embedded default: no backend at all, and the records are in an SQLite file that plain SQL reads.
#include "base/sqlite.h"
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

// One text column of the table, while the daemon writes; or the error.
std::vector<std::string> records(const std::string& path, const std::string& column) {
  auto store = sqlite::Database::open(path, sqlite::Database::Access::read_only, 5s);
  if (!store) return {store.error().message};
  auto statement = store->prepare("SELECT " + column + " FROM records");
  if (!statement) return {statement.error().message};
  std::vector<std::string> result;
  for (;;) {
    const auto row = statement->step();
    if (!row) return {row.error().message};
    if (!*row) return result;
    result.emplace_back(statement->text(0));
  }
}

TEST(LocalStoreTest, KeepsEveryRecordWhereThereIsNoDestination) {
  DaemonProcess daemon({.config = std::string("service: shop\nnode: n1\n") + usual_receive + usual_control,
                        .environment = {{"PANNIER__DELIVER__LOCAL__PATH", "@folder@/records.db"}}});
  ASSERT_TRUE(daemon.start());
  send_records(
      daemon, 0, 1,
      {{"status", "500"}, {"response_time", "12.5"}, {"created_at", "\"2026-01-01T14:00:00.25+02:00\""}});
  send_records(daemon, 1, 2000);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number("/lanes/local/delivered"), 2001U);
  const std::string path = daemon.folder() / "records.db";
  EXPECT_EQ(records(path, "count(*) || '|' || count(DISTINCT context)"),
            std::vector<std::string>{"2001|2001"});
  const auto first =
      records(path,
              "service || '|' || node || '|' || method || '|' || endpoint || '|' || response_time || "
              "'|' || consumer || '|' || context || '|' || created_at");
  ASSERT_EQ(first.size(), 2001U);
  EXPECT_TRUE(first[0].starts_with("shop|n1|GET|/users/{user_id}|12.5|web-app|" + mark(0) + "|2026-01-01"))
      << first[0];
  EXPECT_NE(first[0].find("12:00:00.250000"), std::string::npos) << first[0];
  EXPECT_EQ(daemon.terminate(), 0);
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 5000, 1);
  settled(daemon);
  EXPECT_EQ(records(path, "count(*)"), std::vector<std::string>{"2002"});
}

TEST(LocalStoreTest, IsFedBesideMalti) {
  ScriptedBackend backend;
  DaemonOptions options = malti_options(backend);
  options.config += "  local: { path: \"@folder@/records.db\" }\n";
  DaemonProcess daemon(options);
  ASSERT_TRUE(daemon.start());
  backend.stop();
  send_records(daemon, 0, 500);
  wait_for_number(daemon, "/lanes/local/delivered", 500);  // Malti's outage is not its affair
  expect_balanced(daemon);
  backend.start_again();
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number(std::string(orders) + "/delivered"), 500U);
  EXPECT_EQ(records(daemon.folder() / "records.db", "count(*)"), std::vector<std::string>{"500"});
}

}  // namespace
}  // namespace pannier::end_to_end
