#include "daemon/observe_answers.h"

#include <gmock/gmock.h>

#include "daemon/malti_stats.h"
#include "tests/daemon/snapshots.h"
#include "tests/doubles/json_document.h"

namespace pannier::daemon {
namespace {

using doubles::JsonDocument;
using testing::HasSubstr;
using testing::Not;

std::optional<net::ServerResponse> refused(std::string_view method, std::string_view target,
                                           std::string_view host = "localhost:6259") {
  return observe_refusal({method, target, {{"Host", host}}}, {});
}

Snapshot with_lane(deliver::LaneState state, std::string why) {
  Snapshot snapshot = snapshot_of(balanced_books());
  snapshot.lanes.push_back(
      {.state = state, .why = std::move(why), .since = snapshot.now - 90s, .next_try = {}});
  return snapshot;
}

TEST(ObserveAnswersTest, KnowFivePathsWhateverTheQuery) {
  for (const char* target : {"/metrics", "/healthz", "/readyz", "/delivering", "/stats", "/metrics?a=b"}) {
    EXPECT_TRUE(observe_path(target)) << target;
    EXPECT_FALSE(refused("GET", target)) << target;
    EXPECT_FALSE(refused("HEAD", target)) << target;
  }
  for (const char* target : {"/", "/metrics/", "/Metrics", "/metrics/x", "//metrics", "/%6detrics"}) {
    EXPECT_FALSE(observe_path(target)) << target;
    EXPECT_EQ(refused("GET", target)->status, 404) << target;
  }
}

TEST(ObserveAnswersTest, ChangeNothingForAnybody) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "X"}) {
    const auto answer = refused(method, "/metrics");
    ASSERT_TRUE(answer) << method;
    EXPECT_EQ(answer->status, 405) << method;
    EXPECT_THAT(answer->headers, testing::Contains(testing::Pair("Allow", "GET, HEAD")));
    EXPECT_THAT(answer->headers, testing::Contains(testing::Pair("Cache-Control", "no-store")));
  }
}

TEST(ObserveAnswersTest, TellAReboundPageNotEvenWhatIsThere) {
  EXPECT_EQ(refused("GET", "/metrics", "evil.example")->status, 421);
  EXPECT_EQ(refused("POST", "/nothing", "evil.example")->status, 421);
}

TEST(DeliveringTest, IsTrueWhileEveryLaneIsHealthy) {
  const Snapshot snapshot = with_lane(deliver::LaneState::healthy, "");
  EXPECT_TRUE(is_delivering(snapshot));
  EXPECT_EQ(delivering_json(snapshot),
            R"({"delivering":true,"lanes":{},"spool":{"mode":"off","state":"ok"}})");
}

TEST(DeliveringTest, NamesTheLanesThatDoNotAndWhyInOurOwnWords) {
  for (const auto state : {deliver::LaneState::backing_off, deliver::LaneState::blocked}) {
    const Snapshot snapshot = with_lane(state, "key refused (401 Invalid API key canary-77)");
    EXPECT_FALSE(is_delivering(snapshot));
    const JsonDocument answer(delivering_json(snapshot));
    EXPECT_EQ(answer.boolean("/delivering"), false);
    EXPECT_EQ(answer.string("/lanes/malti~1orders/state"), state_name(state));
    EXPECT_EQ(answer.string("/lanes/malti~1orders/why"), "key refused (401)");
    EXPECT_EQ(answer.number("/lanes/malti~1orders/for_s"), 90U);
    EXPECT_EQ(answer.number("/lanes/malti~1orders/held"), 5U);
    EXPECT_THAT(answer.text(), Not(HasSubstr("canary")));
  }
}

TEST(DeliveringTest, RepeatsNothingThatABackendSaid) {
  EXPECT_EQ(own_words("no key"), "no key");
  EXPECT_EQ(own_words("no answer (connection refused)"), "no answer");
  EXPECT_EQ(own_words("server error (503)"), "server error (503)");
  EXPECT_EQ(own_words("server error (500 secret (1))"), "server error (500)");
  EXPECT_EQ(own_words("a proxy's page (200 without Malti's count)"), "a proxy's page (200)");
  EXPECT_EQ(own_words("disk (4711x)"), "disk");
  EXPECT_EQ(own_words("x ("), "x");
  EXPECT_EQ(own_words("\x1b[2J"), "\\x1b[2J");
}

TEST(DeliveringTest, KeepsHostileNamesInsideTheirText) {
  Snapshot snapshot = with_lane(deliver::LaneState::blocked, "no key");
  snapshot.books.lanes[0].name = "malti/\u202E\"},";
  const std::string text = delivering_json(snapshot);
  EXPECT_TRUE(JsonDocument(text).is_valid()) << text;
  EXPECT_THAT(text, HasSubstr("\\u202e"));
}

TEST(StatsTest, HaveTheNamesOfMaltisSdks) {
  Snapshot snapshot = snapshot_of(balanced_books());
  snapshot.books.lanes[0].dead[0] = 1;
  snapshot.books.lanes.emplace_back();
  snapshot.books.lanes[1].name = "local";
  snapshot.books.lanes[1].destination = observe::DestinationId::local;
  snapshot.books.lanes[1].accepted = 1000;
  snapshot.stats = {"orders", "web-7", "http://localhost:8000", true};
  const JsonDocument stats(stats_json(snapshot));
  EXPECT_EQ(stats.names(""),
            (std::vector<std::string>{"total_added", "total_sent", "total_failed", "current_size", "max_size",
                                      "max_bytes", "service_name", "node", "running", "malti_url",
                                      "clean_mode", "services"}));
  EXPECT_EQ(stats.number("/total_added"), 9U);
  EXPECT_EQ(stats.number("/total_sent"), 4U);
  EXPECT_EQ(stats.number("/total_failed"), 1U);
  EXPECT_EQ(stats.number("/current_size"), 5U);
  EXPECT_EQ(stats.string("/service_name"), "orders");
  EXPECT_EQ(stats.string("/node"), "web-7");
  EXPECT_EQ(stats.boolean("/running"), true);
  EXPECT_EQ(stats.string("/malti_url"), "http://localhost:8000");
  EXPECT_EQ(stats.boolean("/clean_mode"), true);
  EXPECT_EQ(stats.names("/services"), std::vector<std::string>{"orders"});
  EXPECT_EQ(
      stats.names("/services/orders"),
      (std::vector<std::string>{"total_added", "total_sent", "total_failed", "current_size", "max_size"}));
  EXPECT_EQ(stats.number("/services/orders/total_sent"), 4U);
}

// What a dashboard of the form current_size / max_size divides by.
std::uint64_t most(const Snapshot& snapshot, std::string_view pointer = "/max_size") {
  return JsonDocument(stats_json(snapshot)).number(pointer);
}

TEST(StatsTest, MaxSizeIsHowManyRecordsOfThePresentMeanSizeFitIntoMemory) {
  Snapshot snapshot = snapshot_of(balanced_books());
  snapshot.books.lanes[0].lately = 1000;
  snapshot.books.lanes[0].lately_bytes = 400'000;
  const double by_bytes = static_cast<double>(snapshot.memory) / 400;
  EXPECT_LE(static_cast<double>(most(snapshot)), by_bytes);
  EXPECT_GE(static_cast<double>(most(snapshot)), 0.9 * by_bytes) << "less what segments cost";
  const auto before = most(snapshot);
  snapshot.books.lanes[0].lately_bytes = 800'000;
  EXPECT_NEAR(static_cast<double>(most(snapshot)), static_cast<double>(before) / 2,
              0.02 * static_cast<double>(before));
}

TEST(StatsTest, MaxSizeOfAServiceIsByItsOwnRecordsAndThatOfAllByAll) {
  Snapshot snapshot = snapshot_of(balanced_books());
  snapshot.books.lanes.push_back(snapshot.books.lanes[0]);
  snapshot.books.lanes[1].name = "malti/users";
  observe::LaneBooks other;
  other.name = "local";
  other.destination = observe::DestinationId::local;
  other.lately = 10;
  other.lately_bytes = 1'000'000;
  snapshot.books.lanes.push_back(other);
  snapshot.books.lanes[0].lately = snapshot.books.lanes[1].lately = 100;
  snapshot.books.lanes[0].lately_bytes = 10'000;
  snapshot.books.lanes[1].lately_bytes = 30'000;
  const auto orders = most(snapshot, "/services/orders/max_size");
  const auto users = most(snapshot, "/services/users/max_size");
  EXPECT_NEAR(static_cast<double>(orders), 3.0 * static_cast<double>(users),
              0.02 * static_cast<double>(orders));
  EXPECT_LT(most(snapshot), orders);
  EXPECT_GT(most(snapshot), users);
}

TEST(StatsTest, MaxSizeIsNeverNoughtNorNothingHoweverLittleIsKnown) {
  Snapshot snapshot = snapshot_of(observe::Books());
  EXPECT_NEAR(static_cast<double>(most(snapshot)), static_cast<double>(snapshot.memory) / nominal_record,
              0.1 * static_cast<double>(snapshot.memory) / nominal_record)
      << "until a record came: a usual one";
  snapshot = snapshot_of(balanced_books());
  snapshot.books.lanes[0].lately = 3;
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{3} << 18U}) {
    snapshot.books.lanes[0].lately_bytes = bytes;
    EXPECT_GT(most(snapshot), 0U) << bytes;
  }
}

TEST(StatsTest, SayThatItStopsAndThatThereIsNoMalti) {
  Snapshot snapshot = snapshot_of(observe::Books());
  snapshot.stopping = true;
  const JsonDocument stats(stats_json(snapshot));
  EXPECT_EQ(stats.boolean("/running"), false);
  EXPECT_TRUE(stats.is_null("/malti_url"));
}

}  // namespace
}  // namespace pannier::daemon
