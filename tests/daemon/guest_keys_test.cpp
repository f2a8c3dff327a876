#include "daemon/guest_keys.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace pannier::daemon {
namespace {

using namespace std::chrono_literals;
using observe::LaneId;
using receive::KeyRuling;

class GuestKeysTest : public testing::Test {
 protected:
  KeyRuling admit(std::string_view key, std::string_view service = "orders", std::size_t records = 1) {
    return keys_.admit(key, service, records, now_);
  }
  void say(const KeyRuling& ruling, const KeyWord& word) { keys_.said(*ruling.lane, word, now_); }
  void fill() {
    for (std::size_t i = 0; i < GuestKeys::most_open; ++i)
      ASSERT_EQ(admit("key-" + std::to_string(i)).status, 200);
  }

  SteadyTime now_{1h};
  std::map<std::string, LaneId> lanes_;
  std::set<LaneId> empty_;
  bool has_place_ = true;
  GuestKeys keys_{{.open = [this](std::string_view service, const Secret& key) -> std::optional<LaneId> {
                     if (!has_place_) return std::nullopt;
                     const std::string name = std::string(service) + "@" + std::string(key.reveal());
                     return lanes_.emplace(name, static_cast<LaneId>(lanes_.size())).first->second;
                   },
                   .is_empty = [this](LaneId lane) { return empty_.contains(lane); }}};
};

const KeyWord good{.is_good = true};
const KeyWord unknown{.status = 401, .detail = "Invalid API key"};
const KeyWord foreign{.status = 403, .detail = "Service mismatch: expected users, got orders"};

TEST_F(GuestKeysTest, GiveEachKeyOfEachServiceALaneOfItsOwn) {
  const auto first = admit("k1", "orders");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(admit("k1", "orders").lane, first.lane);
  EXPECT_NE(admit("k2", "orders").lane, first.lane);
  EXPECT_NE(admit("k1", "users").lane, first.lane);
}

TEST_F(GuestKeysTest, TakeAThousandRecordsUntilTheKeyIsProvenAndThenAnyNumber) {
  const auto lane = admit("k", "orders", 600);
  ASSERT_EQ(lane.status, 200);
  const auto over = admit("k", "orders", 401);
  EXPECT_EQ(over.status, 503);
  EXPECT_GT(over.retry_after, 0s);
  EXPECT_EQ(admit("k", "orders", 400).status, 200);
  EXPECT_EQ(admit("k", "orders", 1).status, 503);
  say(lane, good);
  EXPECT_EQ(admit("k", "orders", 100'000).status, 200);
}

TEST_F(GuestKeysTest, RepeatARefusalForAMinute) {
  const auto lane = admit("k");
  say(lane, unknown);
  now_ += 59s;
  EXPECT_EQ(admit("k").status, 401);
  EXPECT_EQ(admit("k").detail, "Invalid API key");
  EXPECT_EQ(admit("other").status, 200);
  now_ += 1s;
  EXPECT_EQ(admit("k").status, 200);
}

TEST_F(GuestKeysTest, RefuseAnUnknownKeyForAllServicesAndAForeignOneForItsService) {
  say(admit("junk", "orders"), unknown);
  EXPECT_EQ(admit("junk", "users").status, 401);
  say(admit("foreign", "orders"), foreign);
  EXPECT_EQ(admit("foreign", "orders").status, 403);
  EXPECT_EQ(admit("foreign", "users").status, 200);
}

TEST_F(GuestKeysTest, ForgetARefusalOnceTheKeyIsTaken) {
  const auto lane = admit("k");
  say(lane, unknown);
  say(lane, good);
  EXPECT_EQ(admit("k").status, 200);
}

TEST_F(GuestKeysTest, SendTheSeventeenthKeyAwayWhileAllLanesHoldSomething) {
  fill();
  const auto one_more = admit("one-more");
  EXPECT_EQ(one_more.status, 503);
  EXPECT_GT(one_more.retry_after, 0s);
  EXPECT_EQ(admit("key-3").status, 200);
  EXPECT_EQ(keys_.open(), GuestKeys::most_open);
}

TEST_F(GuestKeysTest, GiveThePlaceOfTheLongestIdleLaneAway) {
  fill();
  empty_ = {lanes_["orders@key-2"], lanes_["orders@key-5"]};
  now_ += 1s;
  EXPECT_EQ(admit("key-2").status, 200);
  EXPECT_EQ(admit("one-more").status, 200);
  EXPECT_EQ(keys_.open(), GuestKeys::most_open);
  empty_.clear();
  EXPECT_EQ(admit("key-2").status, 200);
  EXPECT_EQ(admit("key-5").status, 503);
}

TEST_F(GuestKeysTest, GiveThePlaceOfAClosedLaneAway) {
  fill();
  keys_.closed(lanes_["orders@key-7"]);
  EXPECT_EQ(admit("one-more").status, 200);
}

TEST_F(GuestKeysTest, SendAwayWhereNoLaneCanBeMade) {
  has_place_ = false;
  EXPECT_EQ(admit("k").status, 503);
  EXPECT_EQ(keys_.open(), 0U);
}

}  // namespace
}  // namespace pannier::daemon
