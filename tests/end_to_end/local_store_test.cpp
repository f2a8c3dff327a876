// The embedded default: no backend at all, and the records are in an SQLite file that plain SQL reads.
#include <sqlite3.h>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

// The rows of a query as text, columns joined by |; while the daemon writes.
std::vector<std::string> rows(const std::string& path, const std::string& query) {
  sqlite3* store = nullptr;
  std::vector<std::string> result;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &store, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  sqlite3_busy_timeout(store, 5000);
  const auto add = [](void* out, int count, char** values, char**) {
    std::string row;
    for (int i = 0; i != count; ++i) row += (i == 0 ? "" : "|") + std::string(values[i] ? values[i] : "NULL");
    static_cast<std::vector<std::string>*>(out)->push_back(row);
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(store, query.c_str(), add, &result, nullptr), SQLITE_OK) << sqlite3_errmsg(store);
  sqlite3_close(store);
  return result;
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
  EXPECT_EQ(rows(path, "SELECT count(*), count(DISTINCT context) FROM records"),
            std::vector<std::string>{"2001|2001"});
  const auto first = rows(path,
                          "SELECT service, node, method, endpoint, status, response_time, consumer, context, "
                          "created_at FROM records WHERE status = 500");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_TRUE(
      first[0].starts_with("shop|n1|GET|/users/{user_id}|500|12.5|web-app|" + mark(0) + "|2026-01-01"))
      << first[0];
  EXPECT_NE(first[0].find("12:00:00.250000"), std::string::npos) << first[0];
  EXPECT_EQ(daemon.terminate(), 0);
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 5000, 1);
  settled(daemon);
  EXPECT_EQ(rows(path, "SELECT count(*) FROM records"), std::vector<std::string>{"2002"});
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
  EXPECT_EQ(rows(daemon.folder() / "records.db", "SELECT count(*) FROM records"),
            std::vector<std::string>{"500"});
}

}  // namespace
}  // namespace pannier::end_to_end
