#include "daemon/key_desk.h"

#include <gtest/gtest.h>

#include <string>

namespace pannier::daemon {
namespace {

using namespace std::chrono_literals;
using receive::KeyRuling;

config::Settings settings_of(const std::map<std::string, std::string>& own,
                             const std::map<std::string, std::string>& senders = {}) {
  config::Settings settings;
  settings.malti.enabled = true;
  for (const auto& [service, key] : own) settings.malti.keys[service].secret = Secret(key);
  for (const auto& [service, key] : senders) settings.receive.http.keys[service].secret = Secret(key);
  return settings;
}

class KeyDeskTest : public testing::Test {
 protected:
  KeyRuling judge(std::string_view key, std::string_view service, std::size_t records = 1) {
    return desk_.judge(key, service, records, SteadyTime{1h});
  }
  int opened_ = 0;
  KeyDesk desk_{{.open = [this](std::string_view,
                                const Secret&) { return static_cast<observe::LaneId>(7 + opened_++); },
                 .is_empty = [](observe::LaneId) { return false; }}};
};

TEST_F(KeyDeskTest, ServicesWithAKeyOfTheirOwnUseItWhateverTheirSendersShow) {
  desk_.set(settings_of({{"orders", "k"}}));
  for (const std::string_view key : {"k", "junk", "", "new\nline"}) {
    EXPECT_EQ(judge(key, "orders").status, 200) << key;
    EXPECT_EQ(judge(key, "orders").lane, std::nullopt) << key;
  }
  EXPECT_EQ(opened_, 0);
}

TEST_F(KeyDeskTest, OtherServicesHaveALaneForTheirSendersKey) {
  desk_.set(settings_of({{"orders", "k"}}));
  EXPECT_EQ(judge("theirs", "users").lane, observe::LaneId{7});
}

TEST_F(KeyDeskTest, AKeyThatNoHeaderCanHoldIsRefusedAsMaltiDoes) {
  desk_.set(settings_of({}));
  EXPECT_EQ(judge("", "users").status, 401);
  EXPECT_EQ(judge("", "users").detail, "API key required");
  for (const std::string& key :
       {std::string("new\nline"), std::string("b\xc3\xa4"), std::string(5000, 'k')}) {
    EXPECT_EQ(judge(key, "users").status, 401);
    EXPECT_EQ(judge(key, "users").detail, "Invalid API key");
  }
  EXPECT_EQ(opened_, 0);
}

TEST_F(KeyDeskTest, SendersKeysThatAreConfiguredAreCheckedHereAsMaltiChecksThem) {
  desk_.set(settings_of({}, {{"orders", "ko"}, {"users", "ku"}}));
  EXPECT_EQ(judge("ko", "orders").status, 200);
  EXPECT_EQ(judge("ko", "orders").lane, std::nullopt);
  EXPECT_EQ(judge("", "orders").detail, "API key required");
  EXPECT_EQ(judge("kx", "orders").status, 401);
  EXPECT_EQ(judge("kx", "orders").detail, "Invalid API key");
  EXPECT_EQ(judge("ko", "users").status, 403);
  EXPECT_EQ(judge("ko", "users").detail, "Service mismatch: expected orders, got users");
  EXPECT_EQ(judge("ko", {}, 0).status, 200);
  EXPECT_EQ(judge("kx", {}, 0).status, 401);
}

TEST_F(KeyDeskTest, WithoutMaltiNoKeyIsAskedFor) {
  config::Settings settings;
  desk_.set(settings);
  EXPECT_EQ(judge("", "users").status, 200);
  EXPECT_EQ(judge("k", "users").lane, std::nullopt);
}

TEST_F(KeyDeskTest, AReloadIsInForceFromTheNextRequestOn) {
  desk_.set(settings_of({}));
  EXPECT_NE(judge("theirs", "users").lane, std::nullopt);
  desk_.set(settings_of({{"users", "ours"}}));
  EXPECT_EQ(judge("theirs", "users").lane, std::nullopt);
}

}  // namespace
}  // namespace pannier::daemon
