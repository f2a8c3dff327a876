#include "daemon/lanes.h"

#include <gtest/gtest.h>

#include "tests/doubles/scripted_backend.h"

namespace pannier::daemon {
namespace {

using deliver::LaneState;
using observe::DestinationId;
using observe::LaneId;

constexpr const char* guest = "malti/orders@1a2b3c4d";

class LanesTest : public testing::Test {
 protected:
  LanesTest() { ledger_.open(DestinationId::malti); }

  [[nodiscard]] std::shared_ptr<config::Settings> settings(const std::string& key = "key-orders") const {
    auto settings = std::make_shared<config::Settings>();
    settings->malti.enabled = true;
    settings->malti.url = backend_.url();
    settings->malti.keys["orders"] = {.secret = Secret(key)};
    return settings;
  }
  void push(LaneId lane) {
    const std::vector<std::uint32_t> ends{2};
    const queue::Staged staged{lane, "x,", ends};
    const observe::Movement accepted{observe::Account::lane_accepted, 0, lane, 1};
    std::vector<LaneId> woken;
    rings_.push({&staged, 1}, {&accepted, 1}, {}, woken);
    for (const LaneId id : woken) lanes_.wake(id);
  }
  deliver::LaneView view(LaneId lane) {
    context_.restart();
    context_.poll();
    return lanes_.views().at(lane);
  }

  doubles::ScriptedBackend backend_;
  boost::asio::io_context context_;
  observe::Ledger ledger_;
  queue::Rings rings_{8U << 20U, ledger_};
  Lanes lanes_{{context_, rings_, ledger_, [](const std::function<void()>& work) { work(); }, "test"},
               settings()};
};

TEST_F(LanesTest, ALaneIsOpenedForEachKeyAndForEachServiceThatComes) {
  EXPECT_EQ(view(0).state, LaneState::healthy);
  EXPECT_EQ(lanes_.find_or_make(DestinationId::malti, "orders"), LaneId{0});
  const auto users = lanes_.find_or_make(DestinationId::malti, "users");
  ASSERT_TRUE(users);
  EXPECT_EQ(view(*users).why, "no key");
}

TEST_F(LanesTest, WhatTheSpoolHoldsOfAGuestWaitsForItsOwnKey) {
  const LaneId lane = lanes_.carried(guest);
  push(lane);
  EXPECT_EQ(view(lane).state, LaneState::blocked);
  EXPECT_EQ(view(lane).why, "key unknown");
  lanes_.apply(settings("another-key"));
  push(lane);
  EXPECT_EQ(view(lane).why, "key unknown") << "never its service's key";
  EXPECT_EQ(backend_.connections(), 0U);
}

TEST_F(LanesTest, AServiceThatIsCalledLikeAGuestHasALaneOfItsOwn) {
  const LaneId carried = lanes_.carried(guest);
  const auto regular = lanes_.find_or_make(DestinationId::malti, "orders@1a2b3c4d");
  ASSERT_TRUE(regular);
  EXPECT_NE(*regular, carried);
  EXPECT_EQ(view(*regular).why, "no key");
  EXPECT_EQ(lanes_.carried("malti/orders@1a2b3c4d/"), *regular) << "in the next run, too";
}

TEST_F(LanesTest, AReloadOpensTheLaneOfANewKey) {
  auto more = settings();
  more->malti.keys["users"] = {.secret = Secret("key-users")};
  lanes_.apply(more);
  const auto users = lanes_.find_or_make(DestinationId::malti, "users");
  EXPECT_EQ(view(*users).state, LaneState::healthy);
}

}  // namespace
}  // namespace pannier::daemon
