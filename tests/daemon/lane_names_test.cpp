#include "daemon/lane_names.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace pannier::daemon {
namespace {

using observe::DestinationId;

TEST(LaneNamesTest, ALaneIsCalledByItsDestinationAndItsService) {
  EXPECT_EQ(lane_name(DestinationId::malti, "orders"), "malti/orders");
  EXPECT_EQ(lane_name(DestinationId::multiplayer, ""), "multiplayer/traces");
  EXPECT_EQ(lane_name(DestinationId::local, ""), "local");
  EXPECT_EQ(guest_lane_name("orders", "1a2b3c4d"), "malti/orders@1a2b3c4d");
}

TEST(LaneNamesTest, AServiceThatIsCalledLikeAGuestSharesNoLaneWithOne) {
  EXPECT_EQ(lane_name(DestinationId::malti, "orders@1a2b3c4d"), "malti/orders@1a2b3c4d/");
  const LaneName regular = parse_lane_name("malti/orders@1a2b3c4d/");
  EXPECT_FALSE(regular.is_guest());
  EXPECT_EQ(regular.service, "orders@1a2b3c4d");
  const LaneName guest = parse_lane_name("malti/orders@1a2b3c4d");
  EXPECT_TRUE(guest.is_guest());
  EXPECT_EQ(guest.service, "orders");
  EXPECT_EQ(guest.fingerprint, "1a2b3c4d");
}

TEST(LaneNamesTest, OnlyEightLowerCaseHexDigitsBehindAnAtAreAGuest) {
  for (const char* service : {"orders@1A2B3C4D", "orders@1a2b3c4", "orders@1a2b3c4d5", "orders1a2b3c4d",
                              "@1a2b3c4d", "orders@1a2b3c4g", "orders@1a2b3c4d@", "a@b"}) {
    EXPECT_EQ(lane_name(DestinationId::malti, service), "malti/" + std::string(service));
    EXPECT_FALSE(parse_lane_name("malti/" + std::string(service)).is_guest()) << service;
  }
}

TEST(LaneNamesTest, NamesWithoutMeaningAreMaltisAndNothingElse) {
  for (const char* name : {"", "/", "malti", "malti/", "locals", "multiplay", "x"}) {
    const LaneName lane = parse_lane_name(name);
    EXPECT_EQ(lane.destination, DestinationId::malti) << name;
    EXPECT_FALSE(lane.is_guest());
  }
}

// Of few letters, so that guests and services meet often.
TEST(LaneNamesTest, EveryNameSaysWhatItWasMadeOfAndNoTwoAreAlike) {
  Random random(7);
  std::set<std::string> services;
  const auto text = [&](std::string_view letters, std::size_t size) {
    std::string made;
    while (made.size() < size) made += letters[random.below(letters.size())];
    return made;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string service = random.below(2) == 0 ? text("a@", 1 + random.below(4)) + "@" + text("a1@", 8)
                                                     : text("a@1", 1 + random.below(14));
    const LaneName regular = parse_lane_name(lane_name(DestinationId::malti, service));
    EXPECT_FALSE(regular.is_guest()) << service;
    EXPECT_EQ(regular.service, service);
    const std::string fingerprint = text("0a1f", 8);
    const std::string name = guest_lane_name(service, fingerprint);
    const LaneName guest = parse_lane_name(name);
    EXPECT_EQ(guest.service, service);
    EXPECT_EQ(guest.fingerprint, fingerprint);
    EXPECT_NE(name, lane_name(DestinationId::malti, service + "@" + fingerprint));
  }
}

}  // namespace
}  // namespace pannier::daemon
