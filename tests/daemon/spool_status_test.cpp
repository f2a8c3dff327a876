// What is said of the spool: in JSON, in metrics, over /delivering, in the last line of the log.
#include "daemon/spool_status.h"

#include <gmock/gmock.h>

#include "daemon/metrics.h"
#include "daemon/observe_answers.h"
#include "daemon/service_words.h"
#include "observe/totals.h"
#include "tests/daemon/snapshots.h"
#include "tests/doubles/json_document.h"

namespace pannier::daemon {
namespace {

using doubles::JsonDocument;
using testing::HasSubstr;
using testing::Not;

// Nine came in this run and four were carried in; seven are on disk, two of those are on their way.
observe::Books spooled_books() {
  observe::Books books = balanced_books();
  observe::LaneBooks& lane = books.lanes[0];
  lane.carried_in = 4;
  lane.undurable = 2;
  lane.held = {.memory = 1, .spool = 5, .in_flight = 3, .in_flight_stored = 2};
  return books;
}

observe::Books totals_at_start() {
  observe::Books books;
  books.listeners[at(observe::ListenerId::udp)].lines = 20;
  books.listeners[at(observe::ListenerId::udp)].accepted = 20;
  books.listeners[at(observe::ListenerId::udp)].open = true;
  books.destinations[at(observe::DestinationId::malti)].on = true;
  books.destinations[at(observe::DestinationId::malti)].offered = 20;
  observe::LaneBooks lane;
  lane.name = "malti/orders";
  lane.accepted = 20;
  lane.delivered = 13;
  lane.lost_in_crash = 3;
  books.lanes.push_back(lane);
  return books;
}

Snapshot spooled() {
  Snapshot snapshot = snapshot_of(spooled_books());
  snapshot.spool = {.mode = "overflow",
                    .state = "ok",
                    .used = 120U << 20U,
                    .limit = 1024U << 20U,
                    .oldest = snapshot.wall_clock - 90min,
                    .growth = 1024.0 * 1024.0};
  snapshot.totals = observe::sum_of(totals_at_start(), snapshot.books);
  snapshot.lost_in_crash = 3;
  snapshot.unknown_ends = 1;
  return snapshot;
}

TEST(SpoolStatusTest, SaysHowFullItIsHowOldAndForHowLongYet) {
  const JsonDocument status(status_json(spooled()));
  ASSERT_TRUE(status.is_valid()) << status.text();
  EXPECT_EQ(status.string("/spool/mode"), "overflow");
  EXPECT_EQ(status.string("/spool/state"), "ok");
  EXPECT_EQ(status.number("/spool/used"), 120U << 20U);
  EXPECT_EQ(status.number("/spool/limit"), 1024U << 20U);
  EXPECT_EQ(status.number("/spool/oldest_s"), 5400U);
  EXPECT_EQ(status.number("/spool/full_in_s"), 904U);
  EXPECT_EQ(status.number("/spool/unknown_ends"), 1U);
  EXPECT_EQ(status.number("/lost_in_crash"), 3U);
  EXPECT_EQ(status.number("/undurable"), 2U);
}

TEST(SpoolStatusTest, IsNullWhereNothingIsKnown) {
  Snapshot snapshot = spooled();
  snapshot.lost_in_crash.reset();
  snapshot.totals.reset();
  snapshot.spool.oldest.reset();
  snapshot.spool.growth.reset();
  const JsonDocument status(status_json(snapshot));
  for (const char* pointer : {"/lost_in_crash", "/totals", "/spool/oldest_s", "/spool/full_in_s"})
    EXPECT_TRUE(status.is_null(pointer)) << pointer;
}

TEST(SpoolStatusTest, DoesNotSayWhenItIsFullWhileItDoesNotFill) {
  SpoolStatus spool;
  spool.limit = 100;
  for (const double growth : {0.0, -5.0, 1e-12}) {
    spool.growth = growth;
    EXPECT_FALSE(full_in(spool)) << growth;
  }
  spool.growth = 2.0;
  EXPECT_EQ(full_in(spool), Duration(50s));
  spool.used = 200;
  EXPECT_EQ(full_in(spool), Duration(0s)) << "more is used than is allowed";
}

TEST(SpoolStatusTest, AnOldestRecordOfTheFutureIsNew) {
  Snapshot snapshot = spooled();
  snapshot.spool.oldest = snapshot.wall_clock + 1h;
  EXPECT_EQ(oldest_age(snapshot), Duration(0s));
}

TEST(SpoolStatusTest, WhatIsInTheSpoolIsNotAtRiskThoughItIsOnItsWay) {
  EXPECT_EQ(at_risk(spooled_books()), 2U) << "one waits in memory, one of three on their way is on no disk";
}

TEST(SpoolStatusTest, HasTheTotalsWithoutWhatWasCarriedFromRunToRun) {
  const JsonDocument status(status_json(spooled()));
  EXPECT_EQ(status.number("/totals/lanes/malti~1orders/accepted"), 29U);
  EXPECT_EQ(status.number("/totals/lanes/malti~1orders/delivered"), 17U);
  EXPECT_EQ(status.number("/totals/lanes/malti~1orders/lost_in_crash"), 3U);
  EXPECT_EQ(status.sum("/totals/lanes/malti~1orders/held"), 9U);
  EXPECT_FALSE(status.has("/totals/lanes/malti~1orders/carried_in"));
  EXPECT_FALSE(status.has("/totals/dead_letters/carried_in"));
  EXPECT_EQ(status.number("/totals/listeners/udp/lines"), 20U);
  EXPECT_EQ(status.number("/totals/listeners/unix_stream/lines"), 10U);
  EXPECT_TRUE(status.has("/totals/destinations/malti/left_out"));
  EXPECT_EQ(status.boolean("/balanced"), true) << status.text();
}

TEST(SpoolStatusTest, SaysEverywhereThatTheTotalsDoNotBalance) {
  Snapshot snapshot = spooled();
  snapshot.totals->lanes[0].lost_in_crash = 2;
  const JsonDocument status(status_json(snapshot));
  EXPECT_EQ(status.boolean("/balanced"), false);
  EXPECT_THAT(status.string("/imbalances/0"), HasSubstr("totals: malti/orders"));
  EXPECT_THAT(metrics_text(snapshot, {}, {"observe", 1, {}}), HasSubstr("\npannier_balanced 0\n"));
  snapshot.lanes.emplace_back();
  EXPECT_THAT(service_words(snapshot), HasSubstr("NOT BALANCED"));
}

TEST(SpoolStatusTest, WarnsOfRecordsThatAreTooOldForMaltisDashboard) {
  Snapshot snapshot = spooled();
  const auto warning = [&] { return JsonDocument(status_json(snapshot)).string("/warnings/0"); };
  EXPECT_EQ(warning(), "");
  snapshot.spool.oldest = snapshot.wall_clock - 5h;
  EXPECT_THAT(warning(), HasSubstr("5h old; "));
  EXPECT_THAT(warning(), HasSubstr("may not show on its dashboard"));
  snapshot.spool.oldest = snapshot.wall_clock - 24h * 8;
  EXPECT_THAT(warning(), HasSubstr("keeps records for 7 days"));
  snapshot.books.lanes[0].destination = observe::DestinationId::multiplayer;
  EXPECT_EQ(warning(), "") << "nothing waits for Malti";
}

TEST(SpoolStatusTest, IsInTheMetrics) {
  const std::string text = metrics_text(spooled(), {}, {"observe", 1, {}});
  for (const char* line :
       {"pannier_spool_info{mode=\"overflow\"} 1", "pannier_spool_ok 1", "pannier_spool_used_bytes 125829120",
        "pannier_spool_limit_bytes 1073741824", "pannier_spool_oldest_record_seconds 5400",
        "pannier_spool_full_seconds 904", "pannier_lost_in_crash_records 3", "pannier_unknown_ends_total 1",
        "pannier_lane_undurable_records_total{lane=\"malti/orders\"} 2", "pannier_at_risk_records 2"})
    EXPECT_THAT(text, HasSubstr("\n" + std::string(line) + "\n"));
}

TEST(SpoolStatusTest, IsNotInTheMetricsWhereThereIsNone) {
  EXPECT_THAT(metrics_text(snapshot_of(balanced_books()), {}, {"observe", 1, {}}),
              Not(HasSubstr("pannier_spool")));
  Snapshot snapshot = spooled();
  snapshot.lost_in_crash.reset();
  EXPECT_THAT(metrics_text(snapshot, {}, {"observe", 1, {}}), Not(HasSubstr("pannier_lost_in_crash")));
}

TEST(SpoolStatusTest, ItsTroubleIsToldByDeliveringAndMetricsSafely) {
  Snapshot snapshot = spooled();
  snapshot.spool.state = "cannot write /x\u202e (no space left)";
  const JsonDocument told(delivering_json(snapshot));
  EXPECT_EQ(told.string("/spool/state"), snapshot.spool.state);
  EXPECT_THAT(delivering_json(snapshot), HasSubstr("\\u202e"));
  EXPECT_EQ(told.boolean("/delivering"), true) << "the lanes do";
  EXPECT_THAT(metrics_text(snapshot, {}, {"observe", 1, {}}), HasSubstr("\npannier_spool_ok 0\n"));
}

TEST(SpoolStatusTest, TheLedgersLineTellsWhatIsOnDiskFromWhatIsNot) {
  EXPECT_THAT(
      ledger_line(spooled_books()),
      HasSubstr("; malti/orders: 4 carried in + 9 accepted = 4 delivered + 0 dead + 0 dropped + 4 held + "
                "5 in the spool; balanced"));
}

queue::SpoolFacts facts() {
  auto carried = std::make_shared<queue::Carried>();
  carried->totals = totals_at_start();
  carried->lost_in_crash = 3;
  carried->unknown_ends = 1;
  queue::SpoolFacts facts;
  facts.used_bytes = 7;
  facts.carried = std::move(carried);
  return facts;
}

TEST(AddSpoolTest, TakesOverWhatTheSpoolKnowsOfItself) {
  Snapshot snapshot = snapshot_of(spooled_books());
  add_spool(snapshot, {}, facts(), 5.0);
  EXPECT_EQ(snapshot.spool.mode, "overflow");
  EXPECT_TRUE(snapshot.spool.is_ok());
  EXPECT_EQ(snapshot.spool.used, 7U);
  EXPECT_EQ(snapshot.spool.limit, 1U << 30U);
  EXPECT_EQ(snapshot.spool.growth, 5.0);
  EXPECT_EQ(snapshot.lost_in_crash, 3U);
  EXPECT_EQ(snapshot.unknown_ends, 1U);
  ASSERT_TRUE(snapshot.totals);
  EXPECT_EQ(imbalances(snapshot), std::vector<std::string>{});
}

TEST(AddSpoolTest, SaysWhatIsWrongAndWhatBeingFullMeans) {
  Snapshot snapshot = snapshot_of(spooled_books());
  queue::SpoolFacts full = facts();
  full.is_full = true;
  add_spool(snapshot, {}, full, {});
  EXPECT_EQ(snapshot.spool.state, "full: the oldest records are dropped");
  queue::SpoolOptions refusing;
  refusing.when_full = queue::WhenFull::refuse;
  add_spool(snapshot, refusing, full, {});
  EXPECT_EQ(snapshot.spool.state, "full: no more is taken");
  full.trouble = "cannot write";
  add_spool(snapshot, refusing, full, {});
  EXPECT_EQ(snapshot.spool.state, "cannot write");
}

TEST(AddSpoolTest, HasNoTotalsBeforeTheSpoolIsOpenNorWithoutOne) {
  Snapshot snapshot = snapshot_of(spooled_books());
  queue::SpoolFacts closed;
  closed.trouble = "cannot open";
  add_spool(snapshot, {}, closed, {});
  EXPECT_FALSE(snapshot.totals);
  EXPECT_EQ(snapshot.spool.state, "cannot open");
  Snapshot without = snapshot_of(spooled_books());
  queue::SpoolOptions off;
  off.mode = queue::SpoolMode::off;
  add_spool(without, off, facts(), {});
  EXPECT_EQ(without.spool.mode, "off");
  EXPECT_FALSE(without.totals);
  EXPECT_EQ(without.lost_in_crash, 0U);
}

}  // namespace
}  // namespace pannier::daemon
