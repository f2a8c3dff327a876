#include "daemon/routing.h"

#include <gtest/gtest.h>

#include <string>

namespace pannier::daemon {
namespace {

using observe::DestinationId;

record::Record usual_record(std::string_view endpoint = "/a") {
  record::Record record;
  record.service = "orders";
  record.method = "GET";
  record.endpoint = endpoint;
  record.consumer = "web";
  record.status = 200;
  return record;
}

class RoutingTest : public testing::Test {
 protected:
  RoutingTest() {
    settings_.malti.enabled = settings_.local.enabled = settings_.multiplayer.enabled = true;
    settings_.multiplayer.send = deliver::otlp::Send::all;
  }
  const Routing::Destination& of(DestinationId id) {
    if (!routing_) routing_ = make_routing(settings_);
    for (const Routing::Destination& destination : routing_->destinations)
      if (destination.id == id) return destination;
    ADD_FAILURE();
    return routing_->destinations.front();
  }
  Decision decided(DestinationId id, record::Record& record) { return decide(of(id), record, random_); }
  Decision decided(DestinationId id, const std::string& endpoint) {
    record::Record record = usual_record(endpoint);
    return decided(id, record);
  }

  config::Settings settings_;
  std::shared_ptr<const Routing> routing_;
  Random random_{1};
};

TEST_F(RoutingTest, ADropRuleIsForItsDestinationsAndNeverForMultiplayer) {
  settings_.process.drop = {{.status = {{500, 599}}},
                            {.endpoint = "/a", .of = {true, false}},
                            {.endpoint = "/b", .of = {false, true}}};
  EXPECT_EQ(decided(DestinationId::malti, "/a").left_out, LeftOut::rule);
  EXPECT_EQ(decided(DestinationId::malti, "/a").drop_rule, 1U);
  EXPECT_EQ(decided(DestinationId::local, "/a").left_out, std::nullopt);
  EXPECT_EQ(decided(DestinationId::malti, "/b").left_out, std::nullopt);
  EXPECT_EQ(decided(DestinationId::local, "/b").drop_rule, 2U);
  for (const char* endpoint : {"/a", "/b"})
    EXPECT_EQ(decided(DestinationId::multiplayer, endpoint).left_out, std::nullopt);
}

TEST_F(RoutingTest, CleanModeIsAskedBeforeTheRulesAndNeitherOfThemCountsAsAValue) {
  settings_.process.drop = {{.endpoint = "/dropped"}};
  settings_.process.cardinality.endpoints = 1;
  record::Record missing = usual_record("/missing");
  missing.status = 404;
  EXPECT_EQ(decided(DestinationId::malti, missing).left_out, LeftOut::clean_mode);
  EXPECT_EQ(decided(DestinationId::malti, "/dropped").left_out, LeftOut::rule);
  EXPECT_FALSE(decided(DestinationId::malti, "/a").other_endpoint);
  EXPECT_TRUE(decided(DestinationId::malti, "/b").other_endpoint);
}

TEST_F(RoutingTest, BeyondTheLimitsMaltiAndLocalGetOthersAndMultiplayerTheNames) {
  settings_.process.cardinality = {.endpoints = 1, .consumers = 1};
  for (const DestinationId id : {DestinationId::malti, DestinationId::local}) {
    decided(id, "/a");
    record::Record record = usual_record("/b");
    record.consumer = "app";
    const Decision decision = decided(id, record);
    EXPECT_TRUE(decision.other_endpoint && decision.other_consumer);
    EXPECT_EQ(record.endpoint, "(other)");
    EXPECT_EQ(record.consumer, "(other)");
  }
  record::Record record = usual_record("/b");
  EXPECT_FALSE(decided(DestinationId::multiplayer, record).other_endpoint);
  EXPECT_EQ(record.endpoint, "/b");
}

TEST_F(RoutingTest, TheGuardCanBeSwitchedOff) {
  settings_.process.cardinality = {.enabled = false, .endpoints = 1, .consumers = 1};
  decided(DestinationId::malti, "/a");
  EXPECT_FALSE(decided(DestinationId::malti, "/b").other_endpoint);
}

TEST_F(RoutingTest, AReloadKeepsTheGuardUnlessItsLimitsChange) {
  settings_.process.cardinality.endpoints = 1;
  decided(DestinationId::malti, "/a");
  settings_.process.strict = true;
  routing_ = make_routing(settings_, routing_.get());
  EXPECT_TRUE(decided(DestinationId::malti, "/b").other_endpoint);
  settings_.process.cardinality.endpoints = 2;
  routing_ = make_routing(settings_, routing_.get());
  EXPECT_FALSE(decided(DestinationId::malti, "/b").other_endpoint);
}

TEST_F(RoutingTest, RulesAndGuardStillHoldForWhatAnSdkHasProcessed) {
  settings_.process.drop = {{.endpoint = "/dropped"}};
  settings_.process.cardinality.endpoints = 1;
  record::Record record = usual_record("/dropped");
  record.is_processed = true;
  record.status = 404;
  EXPECT_EQ(decided(DestinationId::malti, record).left_out, LeftOut::rule);
  record.endpoint = "/a";
  EXPECT_EQ(decided(DestinationId::malti, record).left_out, std::nullopt) << "no clean mode";
  record.endpoint = "/b";
  EXPECT_TRUE(decided(DestinationId::malti, record).other_endpoint);
}

}  // namespace
}  // namespace pannier::daemon
