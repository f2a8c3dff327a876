#include "daemon/metrics.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/daemon/snapshots.h"

namespace pannier::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string metrics_of(const Snapshot& snapshot) {
  return metrics_text(snapshot, {}, {"observe", 1, {}});
}

TEST(MetricsTest, SayWhatTheLedgerSays) {
  const std::string text = metrics_of(snapshot_of(balanced_books()));
  for (const char* line :
       {"pannier_balanced 1",
        "pannier_at_risk_records 5",
        "pannier_uptime_seconds 12.5",
        "pannier_memory_limit_bytes 67108864",
        "pannier_config_info{version=\"7c1e90\"} 1",
        "pannier_listener_lines_total{listener=\"unix_stream\"} 10",
        "pannier_listener_accepted_records_total{listener=\"unix_stream\"} 9",
        "pannier_listener_rejected_lines_total{listener=\"unix_stream\",reason=\"status\"} 1",
        "pannier_listener_rejected_lines_total{listener=\"unix_stream\",reason=\"utf8\"} 0",
        "pannier_listener_kernel_dropped_datagrams_total{listener=\"unix_stream\"} 0",
        "pannier_listener_limit_hits_total{listener=\"unix_datagram\",limit=\"uid\"} 0",
        "pannier_destination_left_out_records_total{destination=\"malti\",reason=\"rule\"} 0",
        "pannier_destination_other_texts_total{destination=\"malti\",text=\"endpoint\"} 0",
        "pannier_lane_accepted_records_total{lane=\"malti/orders\"} 9",
        "pannier_lane_delivered_records_total{lane=\"malti/orders\"} 4",
        "pannier_lane_dead_records_total{lane=\"malti/orders\",reason=\"refused\"} 0",
        "pannier_lane_dropped_records_total{lane=\"malti/orders\",reason=\"full\"} 0",
        "pannier_lane_held_records{lane=\"malti/orders\",place=\"memory\"} 2",
        "pannier_lane_held_records{lane=\"malti/orders\",place=\"in_flight\"} 3",
        "pannier_dead_letters_stored 0"})
    EXPECT_THAT(text, HasSubstr("\n" + std::string(line) + "\n"));
}

TEST(MetricsTest, LeaveOutWhatNobodyCanCountAndWhoIsNotThere) {
  const std::string text = metrics_of(snapshot_of(balanced_books()));
  EXPECT_THAT(text, Not(HasSubstr("kernel_dropped_datagrams_total{listener=\"unix_datagram\"}")));
  EXPECT_THAT(text, Not(HasSubstr("listener=\"udp\"")));
  EXPECT_THAT(text, Not(HasSubstr("destination=\"local\"")));
}

TEST(MetricsTest, SayInWhichStateALaneIsAndForHowLong) {
  Snapshot snapshot = snapshot_of(balanced_books());
  snapshot.lanes.push_back({.state = deliver::LaneState::blocked,
                            .why = "key refused",
                            .since = snapshot.now - 2h,
                            .next_try = {}});
  const std::string text = metrics_of(snapshot);
  EXPECT_THAT(text, HasSubstr("pannier_lane_state{lane=\"malti/orders\",state=\"healthy\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("pannier_lane_state{lane=\"malti/orders\",state=\"blocked\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pannier_lane_state_seconds{lane=\"malti/orders\"} 7200\n"));
  EXPECT_THAT(text, Not(HasSubstr("key refused"))) << "what a backend said is no label";
}

TEST(MetricsTest, SayThatALaneWithoutAViewYetIsNew) {
  const std::string text = metrics_of(snapshot_of(balanced_books()));
  EXPECT_THAT(text, HasSubstr("pannier_lane_state_seconds{lane=\"malti/orders\"} 0\n"));
}

TEST(MetricsTest, SayThatASumDoesNotBalance) {
  observe::Books books = balanced_books();
  books.lanes[0].delivered = 3;
  EXPECT_THAT(metrics_of(snapshot_of(std::move(books))), HasSubstr("\npannier_balanced 0\n"));
}

TEST(MetricsTest, CountWhatTheHttpListenerDid) {
  HttpFacts http{"observe", 3, {}};
  http.counts.refused = 936;
  http.counts.unread = 2;
  http.counts.answers[421] = 7;
  const std::string text = metrics_text(snapshot_of(balanced_books()), {}, http);
  for (const char* line : {"pannier_http_connections{listener=\"observe\"} 3",
                           "pannier_http_refused_connections_total{listener=\"observe\"} 936",
                           "pannier_http_unread_answers_total{listener=\"observe\"} 2",
                           "pannier_http_answers_total{listener=\"observe\",code=\"421\"} 7"})
    EXPECT_THAT(text, HasSubstr("\n" + std::string(line) + "\n"));
}

// A service's name is a stranger's, and a scrape with two equal series is refused whole.
TEST(MetricsTest, ShowHostileServicesSafelyCutAndEachAsItsOwn) {
  observe::Books books;
  const std::string longest = "malti/" + std::string(300, 'x');
  for (const std::string& name :
       {std::string("malti/a\u202Eb"), std::string("malti/a\\u{202e}b"), std::string("malti/a\x1b[2J\""),
        longest + "1", longest + "2", std::string("malti/x #4")}) {
    books.lanes.emplace_back();
    books.lanes.back().name = name;
  }
  const auto labels = lane_labels(books);
  EXPECT_EQ(labels[0], "malti/a\\u{202e}b");
  EXPECT_EQ(labels[1], "malti/a\\u{202e}b #1");
  EXPECT_EQ(labels[2], "malti/a\\x1b[2J\"");
  EXPECT_EQ(labels[3], "malti/" + std::string(194, 'x') + "…");
  EXPECT_EQ(labels[4], labels[3] + " #4");
  EXPECT_THAT(metrics_of(snapshot_of(books)), HasSubstr("{lane=\"malti/a\\\\x1b[2J\\\"\"} 0\n"));
}

TEST(ProcessFactsTest, AreThoseOfThisProcess) {
  const ProcessFacts facts = process_facts();
  EXPECT_GT(facts.resident_bytes, 1U << 20U);
  EXPECT_GT(facts.virtual_bytes, facts.resident_bytes);
  EXPECT_GT(facts.max_fds, 0U);
  ASSERT_TRUE(facts.open_fds);
  const int another = ::dup(0);
  EXPECT_EQ(process_facts().open_fds, *facts.open_fds + (another >= 0 ? 1 : 0));
  ::close(another);
  const double now = std::chrono::duration<double>(system_now().time_since_epoch()).count();
  EXPECT_GT(facts.start_time, now - 3600);
  EXPECT_LT(facts.start_time, now + 5) << "the kernel tells the boot in whole seconds";
  EXPECT_GE(process_facts().cpu_seconds, facts.cpu_seconds);
}

}  // namespace
}  // namespace pannier::daemon
