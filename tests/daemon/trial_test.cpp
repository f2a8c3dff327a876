// What the configuration makes of a line, told without a daemon: the same as with one.
#include "daemon/trial.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>

#include "base/random.h"
#include "daemon/lanes.h"
#include "daemon/pipeline.h"
#include "receive/session.h"

namespace pannier::daemon {
namespace {

using observe::DestinationId;
using observe::ListenerId;

constexpr SystemTime arrival{std::chrono::microseconds(1'767'268'800'000'000)};

config::Settings all_destinations() {
  config::Settings settings;
  settings.process.service = "web";
  settings.process.node = "n-1";
  settings.malti.enabled = settings.multiplayer.enabled = settings.local.enabled = true;
  settings.process.endpoints = {{.match = "/me", .as = "/users/me"},
                                {.match = "/users/{id}", .as = "/users/{user_id}"}};
  process::DropRule rule;
  rule.endpoint = "/metrics";
  rule.of = {true, false};
  settings.process.drop = {rule};
  return settings;
}

std::string line_of(std::string_view members) {
  return R"({"method":"GET","status":200,"response_time":12,)" + std::string(members) + "}";
}

const Fate& fate(const Trial& trial, DestinationId destination) {
  for (const Fate& each : trial.fates)
    if (each.destination == destination) return each;
  throw std::logic_error("no such destination");
}

class TrialTest : public testing::Test {
 protected:
  Trial take(std::string_view line) {
    if (!trials_) trials_ = std::make_unique<Trials>(settings_, arrival);
    return trials_->take(line);
  }
  config::Settings settings_ = all_destinations();
  std::unique_ptr<Trials> trials_;
};

TEST_F(TrialTest, TellsWhatBecameOfARecordAndWhichRuleDidIt) {
  const Trial trial =
      take(line_of(R"("path":"/users/7?token=x","request_headers":{"X-User-Id":"ann"},"ua":1)"));
  EXPECT_EQ(trial.outcome, Trial::Outcome::accepted);
  EXPECT_EQ(trial.unknown_fields, 1U);
  EXPECT_EQ(trial.became.service, "web");
  EXPECT_EQ(trial.service_from, DefaultFrom::configuration);
  EXPECT_EQ(trial.became.path, "/users/7");
  EXPECT_EQ(trial.became.endpoint, "/users/{user_id}");
  EXPECT_EQ(trial.applied.endpoint, process::EndpointFrom::rule);
  EXPECT_EQ(trial.applied.endpoint_rule, 1U);
  EXPECT_EQ(trial.became.consumer, "ann");
  EXPECT_EQ(trial.applied.consumer, process::ConsumerFrom::header);
  EXPECT_EQ(settings_.process.consumer_headers.at(trial.applied.consumer_header), "x-user-id");
  EXPECT_EQ(trial.became.created_at, arrival);
  EXPECT_EQ(fate(trial, DestinationId::malti).lane, "malti/web");
  EXPECT_EQ(fate(trial, DestinationId::malti).fragment,
            R"({"service":"web","node":"n-1","method":"GET","endpoint":"/users/{user_id}","status":200,)"
            R"("response_time":12,"consumer":"ann","created_at":"2026-01-01T12:00:00.000000Z"},)");
  EXPECT_EQ(fate(trial, DestinationId::multiplayer).left_out, LeftOut::not_session);
  EXPECT_EQ(fate(trial, DestinationId::local).lane, "local");
}

TEST_F(TrialTest, TellsWhichDestinationLeavesItOutAndWhy) {
  const Trial dropped = take(line_of(R"("endpoint":"/metrics")"));
  EXPECT_EQ(fate(dropped, DestinationId::malti).left_out, LeftOut::rule);
  EXPECT_EQ(fate(dropped, DestinationId::malti).drop_rule, 0U);
  EXPECT_EQ(fate(dropped, DestinationId::local).left_out, std::nullopt);
  const Trial noise = take(R"({"method":"GET","endpoint":"/","status":404,"response_time":1})");
  EXPECT_EQ(fate(noise, DestinationId::malti).left_out, LeftOut::clean_mode);
  EXPECT_EQ(fate(noise, DestinationId::malti).fragment, "");
}

TEST_F(TrialTest, ARejectedLineTellsItsReasonAndShape) {
  const Trial trial = take(R"({"method":"GET","endpoint":"/","status":99,"response_time":1})");
  EXPECT_EQ(trial.outcome, Trial::Outcome::rejected);
  EXPECT_EQ(trial.reject, Reject::status);
  EXPECT_EQ(trial.shape, R"({"method":"aaa","endpoint":"/","status":99,"response_time":9})");
  EXPECT_EQ(take(line_of(R"("path":"/","status":0)")).reject, Reject::duplicate);
  EXPECT_EQ(take(R"({"method":"GET","endpoint":"/","status":-1,"response_time":1})").outcome,
            Trial::Outcome::filtered);
  EXPECT_EQ(take(" \t").outcome, Trial::Outcome::none);
}

TEST_F(TrialTest, AStreamBeginsWithAHelloAndADatagramWithASyslogHeader) {
  const Trial hello = take(R"({"hello":{"service":"orders","ack":true}})");
  EXPECT_EQ(hello.outcome, Trial::Outcome::hello);
  EXPECT_EQ(hello.hello.service, "orders");
  const Trial first = take(line_of(R"("endpoint":"/")"));
  EXPECT_EQ(first.became.service, "orders");
  EXPECT_EQ(first.service_from, DefaultFrom::hello);
  EXPECT_EQ(first.node_from, DefaultFrom::configuration);
  EXPECT_EQ(take("").outcome, Trial::Outcome::none) << "an ack is no hello";
  EXPECT_EQ(take(R"({"hello":{}})").reject, Reject::hello);
  EXPECT_EQ(take(R"({"client_dropped":7})").client_dropped, 7U);
  trials_->connect(ListenerId::unix_stream);
  EXPECT_EQ(take(line_of(R"("endpoint":"/")")).became.service, "web") << "somebody else";
  const std::string syslog = "<190>Oct 11 22:14:15 host tag: " + line_of(R"("endpoint":"/")");
  EXPECT_EQ(take(syslog).reject, Reject::json);
  trials_->connect(ListenerId::udp);
  EXPECT_EQ(take(syslog).outcome, Trial::Outcome::accepted);
  EXPECT_EQ(take(R"({"hello":{}})").reject, Reject::hello);
}

TEST_F(TrialTest, TheLimitsOfItsListenerHold) {
  settings_.receive.limits.line = 2000;
  settings_.receive.limits.datagram = 1000;
  const std::string long_line = line_of(R"("endpoint":"/)" + std::string(1200, 'x') + "\"");
  const std::string longer_line = line_of(R"("endpoint":"/)" + std::string(2000, 'x') + "\"");
  EXPECT_EQ(take(long_line).outcome, Trial::Outcome::accepted);
  EXPECT_EQ(take(longer_line).reject, Reject::too_long);
  EXPECT_EQ(take(long_line).outcome, Trial::Outcome::accepted) << "its neighbours live on";
  trials_->connect(ListenerId::unix_datagram);
  EXPECT_EQ(take(long_line).reject, Reject::too_long);
  EXPECT_EQ(trials_->longest_line(), 2000U);
}

TEST_F(TrialTest, TheGuardBeginsEmptyAndSpeaksForEachDestinationApart) {
  settings_.process.cardinality.endpoints = 1;
  EXPECT_FALSE(fate(take(line_of(R"("endpoint":"/a")")), DestinationId::malti).other_endpoint);
  const Trial second = take(line_of(R"("endpoint":"/b","trace_id":"debdeb00000000000000000000000001")"));
  EXPECT_TRUE(fate(second, DestinationId::malti).other_endpoint);
  EXPECT_TRUE(fate(second, DestinationId::local).other_endpoint);
  EXPECT_FALSE(fate(second, DestinationId::multiplayer).other_endpoint);
  EXPECT_NE(fate(second, DestinationId::malti).fragment.find("\"endpoint\":\"(other)\""), std::string::npos);
  EXPECT_EQ(second.became.endpoint, "/b");
}

TEST_F(TrialTest, WhatAnSdkSendsHasItsStepsBehindIt) {
  settings_.process.consumer_use_ip = true;
  Trials trials(settings_, arrival);
  trials.connect(ListenerId::http_malti);
  const Trial good = trials.take(
      R"({"service":"web","method":"GET","endpoint":"/users/7","status":404,"response_time":3,"consumer":"c"})");
  EXPECT_EQ(good.outcome, Trial::Outcome::accepted);
  EXPECT_EQ(good.became.endpoint, "/users/7") << "no rule is asked";
  EXPECT_EQ(good.applied.endpoint, process::EndpointFrom::processed);
  EXPECT_EQ(good.applied.consumer, process::ConsumerFrom::processed);
  EXPECT_EQ(fate(good, DestinationId::malti).left_out, std::nullopt) << "the SDK's clean mode is the one";
  const Trial bad = trials.take(
      R"({"service":"web","method":"GET","endpoint":"/","status":"x","response_time":3,"consumer":"c"})");
  EXPECT_EQ(bad.outcome, Trial::Outcome::rejected);
  EXPECT_EQ(bad.reject, Reject::status);
  EXPECT_NE(bad.answer.find("int_parsing"), std::string::npos) << bad.answer;
  const Trial poison = trials.take(
      R"({"service":"web","method":"GET","endpoint":"/","status":99999,"response_time":3,"consumer":"c"})");
  EXPECT_TRUE(fate(poison, DestinationId::malti).is_doomed);
  EXPECT_FALSE(fate(poison, DestinationId::local).is_doomed);
  EXPECT_EQ(trials.take("").outcome, Trial::Outcome::none);
}

// The same lines through a session, a pipeline, rings and lanes.
class Daemon {
 public:
  explicit Daemon(const config::Settings& settings) {
    ledger_.open(ListenerId::unix_stream);
    for (const DestinationId id : {DestinationId::malti, DestinationId::multiplayer, DestinationId::local})
      ledger_.open(id);
    const auto at_once = [](const std::function<void()>& work) { work(); };
    lanes_ = std::make_unique<Lanes>(
        Lanes::Parts{
            .deliver = deliver_, .rings = rings_, .ledger = ledger_, .run_blocking = at_once, .via = "test"},
        std::make_shared<const config::Settings>(settings));
    pipeline_ = std::make_unique<Pipeline>(rings_, ledger_, *lanes_, make_routing(settings));
    handler_ = std::make_unique<receive::LineHandler>(*pipeline_);
    session_ =
        std::make_unique<receive::Session>(*handler_, budget_, settings.receive.limits.line, std::nullopt);
  }
  void feed(const std::string& line) {
    const std::string padded = line + "\n" + std::string(record::line_padding, ' ');
    session_->feed(std::string_view(padded).substr(0, line.size() + 1), {});
    deliver_.poll();
    deliver_.restart();
  }
  // "accepted" and "rejected status" of the listener, "malti/web" of lanes, "malti rule" of destinations.
  std::map<std::string, std::uint64_t> sums() {
    std::map<std::string, std::uint64_t> sums;
    const observe::Books books = rings_.snapshot();
    const auto& listener = books.listeners[static_cast<std::size_t>(ListenerId::unix_stream)];
    const auto add = [&](const std::string& name, std::uint64_t count) {
      if (count != 0) sums[name] += count;
    };
    add("accepted", listener.accepted);
    for (std::size_t i = 0; i < count_of<Reject>; ++i)
      add("rejected " + std::string(reasons::reject[i]), listener.rejected[i]);
    for (const observe::LaneBooks& lane : books.lanes) add(lane.name, lane.accepted);
    for (std::size_t id = 0; id < books.destinations.size(); ++id)
      for (std::size_t i = 0; i < count_of<LeftOut>; ++i)
        add(std::string(observe::name(static_cast<DestinationId>(id))) + " " +
                std::string(reasons::left_out[i]),
            books.destinations[id].left_out[i]);
    return sums;
  }

 private:
  boost::asio::io_context deliver_{1};
  observe::Ledger ledger_;
  queue::Rings rings_{32U << 20U, ledger_};
  std::unique_ptr<Lanes> lanes_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<receive::LineHandler> handler_;
  receive::CarryBudget budget_;
  std::unique_ptr<receive::Session> session_;
};

void add(std::map<std::string, std::uint64_t>& sums, const Trial& trial) {
  if (trial.outcome == Trial::Outcome::rejected) ++sums["rejected " + std::string(name(trial.reject))];
  if (trial.outcome != Trial::Outcome::accepted) return;
  ++sums["accepted"];
  for (const Fate& each : trial.fates)
    ++sums[each.left_out
               ? std::string(observe::name(each.destination)) + " " + std::string(name(*each.left_out))
               : each.lane];
}

std::string some_line(Random& random) {
  static constexpr std::array<std::string_view, 8> targets{
      R"("path":"/users/7")",     R"("endpoint":"/metrics")",
      R"("path":"/me")",          R"("endpoint":"/health")",
      R"("path":"/x/8/y")",       R"("path":"")",
      R"("endpoint":"/<int:i>")", R"("path":7)"};
  static constexpr std::array<std::string_view, 6> statuses{"200", "404", "\"500\"", "99", "0", "401"};
  static constexpr std::array<std::string_view, 4> more{"", R"(,"service":"orders")", R"(,"service":"a/b")",
                                                        R"(,"trace_id":"debdeb00000000000000000000000001")"};
  return R"({"method":"GET","response_time":1,"status":)" + std::string(statuses[random.below(6)]) + "," +
         std::string(targets[random.below(8)]) + std::string(more[random.below(4)]) + "}";
}

TEST_F(TrialTest, TellsTheSameAsTheDaemonDoes) {
  Daemon daemon(settings_);
  Random random(7);
  std::map<std::string, std::uint64_t> sums;
  for (int i = 0; i < 2000; ++i) {
    const std::string line = some_line(random);
    daemon.feed(line);
    add(sums, take(line));
  }
  EXPECT_GT(sums.size(), 10U);
  EXPECT_EQ(sums, daemon.sums());
}

}  // namespace
}  // namespace pannier::daemon
