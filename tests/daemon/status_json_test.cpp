#include <gtest/gtest.h>

#include "daemon/observe_answers.h"
#include "daemon/status.h"
#include "tests/daemon/snapshots.h"
#include "tests/doubles/json_document.h"

namespace pannier::daemon {
namespace {

using doubles::JsonDocument;
using observe::ListenerId;

TEST(StatusJsonTest, NamesWhatTheContractNames) {
  const JsonDocument status(status_json(snapshot_of(balanced_books())));
  ASSERT_TRUE(status.is_valid());
  for (const char* pointer : {"/version",
                              "/uptime_s",
                              "/balanced",
                              "/at_risk",
                              "/lost_in_crash",
                              "/undurable",
                              "/listeners/unix_stream/lines",
                              "/listeners/unix_stream/accepted",
                              "/listeners/unix_stream/rejected/status",
                              "/listeners/unix_stream/rejected_last/status",
                              "/listeners/unix_stream/filtered",
                              "/listeners/unix_stream/kernel_dropped",
                              "/listeners/unix_stream/client_dropped",
                              "/destinations/malti/left_out",
                              "/destinations/malti/cardinality",
                              "/lanes/malti~1orders/state",
                              "/lanes/malti~1orders/why",
                              "/lanes/malti~1orders/carried_in",
                              "/lanes/malti~1orders/accepted",
                              "/lanes/malti~1orders/delivered",
                              "/lanes/malti~1orders/dead",
                              "/lanes/malti~1orders/dropped",
                              "/lanes/malti~1orders/held/memory",
                              "/lanes/malti~1orders/held/spool",
                              "/lanes/malti~1orders/held/in_flight",
                              "/lanes/malti~1orders/maybe_twice",
                              "/dead_letters/carried_in",
                              "/dead_letters/stored",
                              "/dead_letters/replayed",
                              "/dead_letters/purged",
                              "/totals",
                              "/spool/mode",
                              "/spool/state",
                              "/spool/used",
                              "/spool/limit",
                              "/spool/oldest_s",
                              "/spool/full_in_s"})
    EXPECT_TRUE(status.has(pointer)) << pointer;
  EXPECT_TRUE(status.is_null("/session"));
  EXPECT_TRUE(status.is_null("/lanes/malti~1orders/why"));
}

TEST(StatusJsonTest, TellsWhereEveryRecordIs) {
  const JsonDocument status(status_json(snapshot_of(balanced_books())));
  EXPECT_EQ(status.boolean("/balanced"), true);
  EXPECT_EQ(status.number("/listeners/unix_stream/lines"), 10U);
  EXPECT_EQ(status.number("/listeners/unix_stream/rejected/status"), 1U);
  EXPECT_EQ(status.sum("/lanes/malti~1orders/held"), 5U);
  EXPECT_EQ(status.number("/at_risk"), 5U) << "all that is only in memory";
  EXPECT_EQ(status.number("/listeners/unix_stream/senders/uid 1001/client_dropped"), 2U);
  EXPECT_EQ(status.string("/lanes/malti~1orders/state"), "healthy");
}

TEST(StatusJsonTest, SaysUnderMaltiWhatStatsSays) {
  Snapshot snapshot = snapshot_of(balanced_books());
  snapshot.stats = {"orders", "web-7", "http://localhost:8000", true};
  const JsonDocument status(status_json(snapshot));
  EXPECT_EQ(status.names("/malti"), JsonDocument(stats_json(snapshot)).names(""));
  EXPECT_EQ(status.number("/malti/current_size"), 5U);
  EXPECT_EQ(status.number("/malti/max_size"), JsonDocument(stats_json(snapshot)).number("/max_size"));
  EXPECT_EQ(status.number("/malti/services/orders/total_added"), 9U);
}

TEST(StatusJsonTest, ListsOnlyDoorsThatAreOpenAndDestinationsThatAreOn) {
  const JsonDocument status(status_json(snapshot_of(balanced_books())));
  EXPECT_EQ(status.names("/listeners"), (std::vector<std::string>{"unix_stream", "unix_datagram"}));
  EXPECT_EQ(status.names("/destinations"), std::vector<std::string>{"malti"});
}

TEST(StatusJsonTest, RepeatsTheWarningsOfTheConfiguration) {
  Snapshot snapshot = snapshot_of(balanced_books());
  EXPECT_FALSE(JsonDocument(status_json(snapshot)).has("/warnings/0"));
  snapshot.warnings = {"tls.verify is false"};
  EXPECT_EQ(JsonDocument(status_json(snapshot)).string("/warnings/0"), "tls.verify is false");
}

TEST(StatusJsonTest, SaysNullWhereNobodyCanCount) {
  const JsonDocument status(status_json(snapshot_of(balanced_books())));
  EXPECT_TRUE(status.is_null("/listeners/unix_datagram/kernel_dropped"));
  EXPECT_FALSE(status.is_null("/listeners/unix_stream/kernel_dropped"));
}

TEST(StatusJsonTest, SaysWhichSumDoesNotBalance) {
  observe::Books books = balanced_books();
  books.lanes[0].delivered = 3;
  const JsonDocument status(status_json(snapshot_of(std::move(books))));
  EXPECT_EQ(status.boolean("/balanced"), false);
  EXPECT_NE(status.string("/imbalances/0").find("malti/orders"), std::string::npos) << status.text();
}

TEST(StatusJsonTest, TellsWhyALaneWaitsSinceWhenAndUntilWhen) {
  Snapshot snapshot = snapshot_of(balanced_books());
  snapshot.lanes.push_back({.state = deliver::LaneState::blocked,
                            .why = "key refused (401 \"no\x01\")",
                            .since = snapshot.now - 2h,
                            .next_try = snapshot.now + 21s});
  snapshot.key_files.emplace("malti/orders", "/run/secrets/key");
  const JsonDocument status(status_json(snapshot));
  ASSERT_TRUE(status.is_valid()) << status.text();
  EXPECT_EQ(status.string("/lanes/malti~1orders/state"), "blocked");
  EXPECT_EQ(status.string("/lanes/malti~1orders/why"), "key refused (401 \"no\x01\")");
  EXPECT_EQ(status.string("/lanes/malti~1orders/since"), "2026-01-01T10:00:00.000000Z");
  EXPECT_EQ(status.number("/lanes/malti~1orders/next_try_s"), 21U);
  EXPECT_EQ(status.string("/lanes/malti~1orders/key_file"), "/run/secrets/key");
}

TEST(StatusJsonTest, KeepsHostileShapesInsideTheirText) {
  observe::Books books = balanced_books();
  books.listeners[0].rejected_last[at(Reject::status)] = "\"},\x1b[31m\n\\";
  const JsonDocument status(status_json(snapshot_of(std::move(books))));
  ASSERT_TRUE(status.is_valid());
  EXPECT_EQ(status.string("/listeners/unix_stream/rejected_last/status"), "\"},\x1b[31m\n\\");
}

TEST(StatusJsonTest, AddsWhatTheCoresHoldToWhatTheRingsHold) {
  observe::Books books = balanced_books();
  books.lanes[0].held = {.memory = 1};
  std::vector<deliver::LaneView> lanes(2);  // one lane more than the books know yet
  lanes[0].parked = 1;
  lanes[0].in_flight = 3;
  lanes[1].parked = 7;
  add_held(books, lanes);
  EXPECT_EQ(books.lanes[0].held.memory, 2U);
  EXPECT_EQ(books.lanes[0].held.in_flight, 3U);
  EXPECT_TRUE(observe::imbalances(books).empty());
}

TEST(LedgerLineTest, SaysTheSumsInALine) {
  EXPECT_EQ(
      ledger_line(balanced_books()),
      "ledger: 10 lines = 9 accepted + 1 rejected + 0 filtered; malti/orders: 9 accepted = 4 delivered + "
      "0 dead + 0 dropped + 5 held; balanced");
}

TEST(LedgerLineTest, SaysSoWhereTheSumsDoNotBalance) {
  observe::Books books = balanced_books();
  books.listeners[0].accepted = 8;
  EXPECT_TRUE(ledger_line(books).ends_with("; NOT BALANCED"));
}

}  // namespace
}  // namespace pannier::daemon
