#include "daemon/pipeline.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "daemon/lanes.h"
#include "daemon/status.h"
#include "record/line_decoder.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::daemon {
namespace {

using observe::DestinationId;
using observe::ListenerId;

template <typename Id>
std::size_t at(Id id) {
  return static_cast<std::size_t>(id);
}

std::string line_of(std::string_view service, int status = 200) {
  return R"({"service":")" + std::string(service) + R"(","method":"GET","endpoint":"/a","status":)" +
         std::to_string(status) + R"(,"response_time":5})";
}

// A pipeline with the rings, the ledger and the lanes of a daemon. Malti's lanes have no key: they keep what
// comes.
class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    settings_.malti.enabled = true;
    settings_.process.service = "web";
    settings_.process.node = "test";
    settings_.local.path = folder_ / "records.db";
  }

  void start() {
    ledger_.open(ListenerId::unix_stream);
    ledger_.open(DestinationId::malti);
    if (settings_.local.enabled) ledger_.open(DestinationId::local);
    if (settings_.multiplayer.enabled) ledger_.open(DestinationId::multiplayer);
    const auto shared = std::make_shared<const config::Settings>(settings_);
    const auto at_once = [](const std::function<void()>& work) { work(); };
    lanes_ = std::make_unique<Lanes>(
        Lanes::Parts{
            .deliver = deliver_, .rings = rings_, .ledger = ledger_, .run_blocking = at_once, .via = "test"},
        shared);
    pipeline_ = std::make_unique<Pipeline>(rings_, ledger_, *lanes_, make_routing(settings_));
  }

  void begin() {
    counts_.clear();
    pipeline_->begin_read(ListenerId::unix_stream);
  }
  void take(std::string line, bool again = false) {
    const std::size_t length = line.size();
    line.append(record::line_padding, ' ');
    const std::string_view view = std::string_view(line).substr(0, length);
    const record::Line decoded = decoder_.decode(view, false);
    if (decoded.kind == record::LineKind::rejected) return counts_.reject(decoded.reject, view);
    ASSERT_EQ(decoded.kind, record::LineKind::record) << line;
    counts_.accept();
    pipeline_->take(decoder_.record(), {}, again);
  }
  void end() {
    pipeline_->end_read(counts_);
    deliver_.poll();
    deliver_.restart();
  }
  void read(const std::vector<std::string>& lines, bool again = false) {
    begin();
    for (const std::string& line : lines) take(line, again);
    end();
  }

  observe::Books books() {
    observe::Books books = rings_.snapshot();
    add_held(books, lanes_->views());
    return books;
  }
  observe::LaneBooks lane(std::string_view name) {
    for (const observe::LaneBooks& lane : books().lanes)
      if (lane.name == name) return lane;
    return {};
  }
  std::uint64_t left_out(DestinationId destination, LeftOut reason) {
    return books().destinations[at(destination)].left_out[at(reason)];
  }
  void expect_balanced() { EXPECT_EQ(observe::imbalances(books()), std::vector<std::string>{}); }

  doubles::TemporaryFolder folder_;
  config::Settings settings_;
  boost::asio::io_context deliver_{1};
  observe::Ledger ledger_;
  queue::Rings rings_{32U << 20U, ledger_};
  std::unique_ptr<Lanes> lanes_;
  std::unique_ptr<Pipeline> pipeline_;
  record::LineDecoder decoder_;
  receive::ReadCounts counts_;
};

TEST_F(PipelineTest, BringsEveryServiceIntoMultiplayersOneLaneBesideItsOwn) {
  settings_.multiplayer.enabled = settings_.local.enabled = true;
  settings_.multiplayer.send = deliver::otlp::Send::all;
  start();
  read({line_of("orders"), line_of("users"), line_of("orders")});
  EXPECT_EQ(lane("malti/orders").accepted, 2U);
  EXPECT_EQ(lane("malti/users").accepted, 1U);
  EXPECT_EQ(lane("multiplayer/traces").accepted, 3U);
  EXPECT_EQ(lane("local").accepted, 3U);
  expect_balanced();
}

TEST_F(PipelineTest, WhatMultiplayerLeavesOutStillGoesToTheOthers) {
  settings_.multiplayer.enabled = true;
  start();
  read({line_of("orders"), R"({"method":"GET","endpoint":"/healthz","status":200,"response_time":1})",
        R"({"method":"GET","endpoint":"/a","status":200,"response_time":1,)"
        R"("trace_id":"debdeb00000000000000000000000001"})"});
  EXPECT_EQ(lane("malti/orders").accepted, 1U);
  EXPECT_EQ(lane("malti/web").accepted, 2U);
  EXPECT_EQ(lane("multiplayer/traces").accepted, 1U);
  EXPECT_EQ(left_out(DestinationId::multiplayer, LeftOut::not_session), 1U);
  EXPECT_EQ(left_out(DestinationId::multiplayer, LeftOut::health_check), 1U);
  expect_balanced();
}

TEST_F(PipelineTest, BringsEachServiceIntoItsOwnLane) {
  start();
  read({line_of("orders"), line_of("users"), line_of("orders")});
  EXPECT_EQ(lane("malti/orders").accepted, 2U);
  EXPECT_EQ(lane("malti/orders").held.memory, 2U);
  EXPECT_EQ(lane("malti/users").accepted, 1U);
  expect_balanced();
}

TEST_F(PipelineTest, GivesARecordWithoutServiceTheConfiguredOne) {
  start();
  read({R"({"method":"GET","endpoint":"/","status":200,"response_time":1})"});
  EXPECT_EQ(lane("malti/web").accepted, 1U);
}

TEST_F(PipelineTest, BooksARejectedLineBesideItsNeighbours) {
  start();
  read({line_of("orders"), line_of("orders", 99), line_of("orders")});
  const observe::ListenerBooks stream = books().listeners[at(ListenerId::unix_stream)];
  EXPECT_EQ(stream.lines, 3U);
  EXPECT_EQ(stream.accepted, 2U);
  EXPECT_EQ(stream.rejected[at(Reject::status)], 1U);
  EXPECT_FALSE(stream.rejected_last[at(Reject::status)].empty());
  EXPECT_EQ(lane("malti/orders").accepted, 2U);
  expect_balanced();
}

TEST_F(PipelineTest, LeavesOutOfMaltiWhatItsCleanModeNamesAndOfNothingElse) {
  settings_.local.enabled = true;
  start();
  read({line_of("orders"), line_of("orders", 404), line_of("orders", 401)});
  EXPECT_EQ(left_out(DestinationId::malti, LeftOut::clean_mode), 2U);
  EXPECT_EQ(lane("malti/orders").accepted, 1U);
  EXPECT_EQ(lane("local").accepted, 3U);
  expect_balanced();
}

TEST_F(PipelineTest, LeavesOutServicesBeyondTheLimitOfLanes) {
  settings_.receive.limits.lanes = 2;
  start();
  read({line_of("a"), line_of("b"), line_of("c"), line_of("a"), line_of("c")});
  EXPECT_EQ(left_out(DestinationId::malti, LeftOut::too_many_services), 2U);
  EXPECT_EQ(books().lanes.size(), 2U);
  EXPECT_EQ(lane("malti/a").accepted, 2U);
  expect_balanced();
}

TEST_F(PipelineTest, CountsRecordsThatWereSentAgainInEachLaneThatTakesThem) {
  settings_.local.enabled = true;
  start();
  read({line_of("orders"), line_of("orders", 404)}, true);
  read({line_of("orders")});
  EXPECT_EQ(lane("malti/orders").maybe_twice, 1U);
  EXPECT_EQ(lane("local").maybe_twice, 2U);
}

TEST_F(PipelineTest, CountsTextsThatWereCut) {
  start();
  const std::string longer(600, 'x');
  read({R"({"service":"orders","method":"GET","endpoint":"/","consumer":")" + longer +
        R"(","status":200,"response_time":1})"});
  EXPECT_EQ(books().destinations[at(DestinationId::malti)].texts_cut, 1U);
}

TEST_F(PipelineTest, LeavesOutWhatARuleNamesAndCountsIt) {
  settings_.local.enabled = true;
  settings_.process.drop = {{.status = {{500, 599}}, .of = {true, false}}};
  start();
  read({line_of("orders"), line_of("orders", 500), line_of("orders", 503)});
  EXPECT_EQ(left_out(DestinationId::malti, LeftOut::rule), 2U);
  EXPECT_EQ(left_out(DestinationId::local, LeftOut::rule), 0U);
  EXPECT_EQ(lane("malti/orders").accepted, 1U);
  EXPECT_EQ(lane("local").accepted, 3U);
  expect_balanced();
}

TEST_F(PipelineTest, SendsOthersToMaltiAndTheNamesToMultiplayerAndCountsThem) {
  settings_.multiplayer.enabled = true;
  settings_.multiplayer.send = deliver::otlp::Send::all;
  settings_.process.cardinality = {.endpoints = 1, .consumers = 1};
  start();
  const auto line = [](const std::string& name) {
    return R"({"service":"orders","method":"GET","endpoint":"/)" + name + R"(","consumer":")" + name +
           R"(","status":200,"response_time":5})";
  };
  read({line("first"), line("second"), line("first")});
  const observe::DestinationBooks malti = books().destinations[at(DestinationId::malti)];
  EXPECT_EQ(malti.cardinality[at(Guarded::endpoint)], 1U);
  EXPECT_EQ(malti.cardinality[at(Guarded::consumer)], 1U);
  EXPECT_EQ(books().destinations[at(DestinationId::multiplayer)].cardinality[at(Guarded::endpoint)], 0U);
  expect_balanced();
  std::vector<queue::Slice> waiting;
  for (observe::LaneId id = 0; id < 2; ++id) rings_.take(id, 10, 1U << 20U, waiting);
  std::string all;
  for (const queue::Slice& slice : waiting) all += slice.bytes();
  EXPECT_NE(all.find(R"x("endpoint":"(other)","status":200,"response_time":5,"consumer":"(other)")x"),
            std::string::npos);
  EXPECT_EQ(all.find(R"("endpoint":"/second")"), std::string::npos);
  EXPECT_NE(all.find("/second"), std::string::npos) << "of the span";
}

TEST_F(PipelineTest, TakesNewSettingsFromTheNextReadOn) {
  start();
  begin();
  settings_.malti.clean_mode = false;
  pipeline_->set(make_routing(settings_));
  take(line_of("orders", 404));
  end();
  EXPECT_EQ(left_out(DestinationId::malti, LeftOut::clean_mode), 1U) << "within a read nothing changes";
  read({line_of("orders", 404)});
  EXPECT_EQ(left_out(DestinationId::malti, LeftOut::clean_mode), 1U);
  EXPECT_EQ(lane("malti/orders").accepted, 1U);
  expect_balanced();
}

TEST_F(PipelineTest, CarriesNothingFromOneReadIntoTheNext) {
  start();
  read({line_of("orders"), line_of("orders", 404), line_of("orders", 99)}, true);
  read({line_of("users")});
  EXPECT_EQ(lane("malti/orders").accepted, 1U);
  EXPECT_EQ(lane("malti/orders").maybe_twice, 1U);
  EXPECT_EQ(left_out(DestinationId::malti, LeftOut::clean_mode), 1U);
  EXPECT_EQ(books().listeners[at(ListenerId::unix_stream)].lines, 4U);
  expect_balanced();
}

TEST_F(PipelineTest, KeepsTheBooksBalancedWhenAReadIsLargerThanWhatIsKept) {
  start();
  std::vector<std::string> lines(20'000, line_of("orders"));
  read(lines);
  read(lines);
  EXPECT_EQ(lane("malti/orders").accepted, 40'000U);
  expect_balanced();
}

TEST_F(PipelineTest, CountsADoorThatWasShutOutsideARead) {
  start();
  pipeline_->limit_hit(ListenerId::unix_stream, Limit::connections);
  EXPECT_EQ(books().listeners[at(ListenerId::unix_stream)].limits[at(Limit::connections)], 1U);
}

TEST_F(PipelineTest, DropsWhatIsHeldWhenTheLanesStopWithoutSending) {
  start();
  read({line_of("orders"), line_of("users")});
  bool finished = false;
  lanes_->stop({steady_now(), false}, [&] { finished = true; });
  deliver_.poll();
  EXPECT_TRUE(finished);
  EXPECT_EQ(lane("malti/orders").dropped[at(Drop::shutdown)], 1U);
  expect_balanced();
}

}  // namespace
}  // namespace pannier::daemon
