#include "daemon/commands/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pannier::daemon::commands {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

StatusStyle style() {
  return {.now = SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) + 16h + 12min,
          .moment = [](SystemTime) { return "14:02"; }};
}

std::string shown(const std::string& json) {
  const auto text = status_text(json, style());
  EXPECT_TRUE(text) << json;
  return text ? *text : std::string();
}

std::string with(const std::string& members) {
  return R"({"version":"0.1.0","balanced":true,)" + members + "}";
}

// The example of DESIGN.md section 6.
constexpr const char* example = R"json({
  "version": "0.1.0", "uptime_s": 273600.5, "balanced": true, "at_risk": 205, "lost_in_crash": 0, "undurable": 0,
  "listeners": {
    "unix_stream": {"lines": 1204331, "accepted": 1204312, "rejected": {"status": 18, "json": 1},
      "rejected_last": {"status": "{\"method\":\"aaa\",\"status\":99}", "json": "{aaaa"}, "filtered": {},
      "kernel_dropped": 0, "client_dropped": 12, "unknown_fields": 0, "limits": {},
      "senders": {"uid 1001": {"lines": 1204331, "client_dropped": 12}}},
    "unix_datagram": {"lines": 880120, "accepted": 880120, "rejected": {}, "rejected_last": {}, "filtered": {},
      "kernel_dropped": null, "client_dropped": 0, "unknown_fields": 0, "limits": {"connections": 3}, "senders": {}}},
  "destinations": {"malti": {"left_out": {"clean_mode": 4122}, "texts_cut": 7, "cardinality": {"endpoint": 3}}},
  "lanes": {
    "malti/orders": {"state": "healthy", "why": null, "since": "2026-01-01T12:00:00.000000Z", "next_try_s": null,
      "carried_in": 0, "accepted": 1180210, "delivered": 1180002, "dead": 3, "dead_reasons": {"refused": 3},
      "dropped": {}, "held": {"memory": 205, "spool": 0, "in_flight": 0}, "maybe_twice": 0, "requests": 9},
    "malti/users": {"state": "blocked", "why": "key refused (401 Invalid API key)",
      "since": "2026-01-01T14:02:00.000000Z", "next_try_s": 20.4, "key_file": "/run/secrets/malti-users",
      "carried_in": 0, "accepted": 900100, "delivered": 851988, "dead": 0, "dead_reasons": {}, "dropped": {},
      "held": {"memory": 48112, "spool": 0, "in_flight": 0}, "maybe_twice": 0, "requests": 9}},
  "dead_letters": {"carried_in": 0, "stored": 0, "replayed": 0, "purged": {"no_store": 3}},
  "session": null, "imbalances": [], "config": "7c1e90", "memory": {"used": 14680064, "limit": 67108864},
  "stopping": false})json";

TEST(StatusTextTest, LooksAsTheDesignShowsIt) {
  EXPECT_EQ(shown(example),
            R"(pannier 0.1.0   up 3d 4h   14 of 64 MiB   config 7c1e90   BALANCED
IN                 lines   accepted  rejected  filtered  dropped before us
unix stream      1204331    1204312        19         0  12 (told by clients)
unix datagram     880120     880120         0         0  ? (not countable here)
OUT            state     accepted  delivered  dead  dropped     held  maybe twice
malti/orders   healthy    1180210    1180002     3        0      205            0
malti/users    BLOCKED     900100     851988     0        0    48112            0
    why  key refused (401 Invalid API key) since 14:02, 2h 10min; nothing lost
    do   write the new key to /run/secrets/malti-users; next try in 21 s, or now: pannier reload
left out as configured: malti clean_mode 4122
rejected by unix stream: status 18, the last one like {"method":"aaa","status":99}
rejected by unix stream: json 1, the last one like {aaaa
limits hit: unix datagram connections 3
dead: malti/orders refused 3
dead letters: 0 stored, 0 replayed, 3 purged (no_store)
became (other), over process.cardinality: malti endpoint 3
texts cut to what the destination keeps: malti 7
lines by sender: unix stream uid 1001 1204331 (dropped 12 before us)
at risk (memory only): 205 records
)");
}

TEST(StatusTextTest, SaysLoudlyThatASumDoesNotBalanceAndWhich) {
  const std::string json = R"({"version":"1","balanced":false,"imbalances":["malti/a: 3 is not 4"]})";
  EXPECT_THAT(shown(json), HasSubstr("   NOT BALANCED\n"));
  EXPECT_THAT(shown(json), HasSubstr("NOT BALANCED: malti/a: 3 is not 4\n"));
  StatusStyle colored = style();
  colored.colors = true;
  EXPECT_THAT(*status_text(json, colored), HasSubstr("\x1b[31mNOT BALANCED\x1b[0m"));
  EXPECT_THAT(*status_text(example, colored), Not(HasSubstr("\x1b")));
}

TEST(StatusTextTest, RepeatsTheWarningsOfTheConfiguration) {
  EXPECT_THAT(shown(with(R"("warnings":["tls.verify is false","\u001b[2J"])")),
              HasSubstr("warning: tls.verify is false\nwarning: \\x1b[2J\n"));
}

TEST(StatusTextTest, TellsWhatTheKernelDropped) {
  const std::string text =
      shown(with(R"("listeners":{"udp":{"lines":1,"accepted":1,"kernel_dropped":3,"client_dropped":2}})"));
  EXPECT_THAT(text, HasSubstr("2 (told by clients), 3 (kernel)"));
}

TEST(StatusTextTest, SaysWhatWasLostOfALaneThatDropped) {
  const std::string text = shown(with(
      R"("lanes":{"malti/a":{"state":"backing_off","why":"no answer","dropped":{"full":12,"shutdown":1}}})"));
  EXPECT_THAT(text, HasSubstr("backing off"));
  EXPECT_THAT(text, HasSubstr("13 dropped so far"));
  EXPECT_THAT(text, HasSubstr("dropped: malti/a full 12, shutdown 1\n"));
}

TEST(StatusTextTest, EscapesWhatStrangersWrote) {
  const std::string evil = R"(\u001b[2J\n\u202e\u0000)";
  const std::string text = shown(
      with(R"("config":")" + evil +
           R"(","listeners":{"unix_stream":{"rejected":{"status":1},"rejected_last":{"status":")" + evil +
           R"("},"limits":{")" + evil + R"(":1},"senders":{")" + evil + R"(":{"lines":1}}},")" + evil +
           R"(":{}},"destinations":{")" + evil + R"(":{"left_out":{")" + evil + R"(":1}}},"lanes":{"malti/)" +
           evil + R"(":{"state":")" + evil + R"(","why":")" + evil + R"(","key_file":")" + evil +
           R"(","dropped":{")" + evil + R"(":1}}},"dead_letters":{"purged":{")" + evil +
           R"(":1}},"imbalances":[")" + evil + R"("])"));
  for (const char bad : {'\x1b', '\0'}) EXPECT_EQ(text.find(bad), std::string::npos) << text;
  EXPECT_THAT(text, Not(HasSubstr("\u202e")));
  EXPECT_THAT(text, HasSubstr("the last one like \\x1b[2J\\n\\u{202e}\\x00"));
}

TEST(StatusTextTest, ShowsADaemonOfAnotherVersionAsFarAsItUnderstandsIt) {
  EXPECT_THAT(shown(R"({"version":"9"})"), HasSubstr("pannier 9   BALANCE UNKNOWN\nIN "));
  const std::string text = shown(
      R"({"version":"9","uptime_s":"long","memory":[],"listeners":{"carrier_pigeon":{"lines":"many"},"x":7},
          "lanes":{"otlp/a":{"state":"dreaming","held":null,"since":"soon","next_try_s":null}},
          "destinations":[],"dead_letters":3,"imbalances":{},"session":{}})");
  EXPECT_THAT(text, HasSubstr("carrier pigeon"));
  EXPECT_THAT(text, HasSubstr("dreaming"));
  EXPECT_THAT(text, HasSubstr("?"));
}

TEST(StatusTextTest, ShowsAFewSendersAndSaysHowManyMoreThereAre) {
  std::string senders;
  for (int uid = 0; uid < 20; ++uid)
    senders += (uid == 0 ? "" : ",") + ("\"uid " + std::to_string(uid)) + "\":{\"lines\":1}";
  const std::string text = shown(with(R"("listeners":{"unix_stream":{"senders":{)" + senders + "}}}"));
  EXPECT_THAT(text, HasSubstr("uid 7 1, and 12 more: pannier status --json"));
  EXPECT_THAT(text, Not(HasSubstr("uid 8 ")));
}

TEST(StatusTextTest, KeepsItsColumnsWhereNamesAreLongOrNotAscii) {
  const std::string text =
      shown(with(R"("lanes":{"malti/größe":{"state":"healthy","accepted":1},)"
                 R"("malti/a-very-long-name-of-a-service":{"state":"healthy","accepted":2}})"));
  EXPECT_THAT(text, HasSubstr("malti/größe                          healthy          1"));
  EXPECT_THAT(text, HasSubstr("malti/a-very-long-name-of-a-service  healthy          2"));
}

TEST(StatusTextTest, RefusesWhatIsNoStatus) {
  for (const char* json : {"", "<html>", "[]", "7", "{}", "{\"version\":\"1\""}) {
    EXPECT_FALSE(status_text(json, style())) << json;
    EXPECT_FALSE(balance_of(json)) << json;
  }
}

}  // namespace
}  // namespace pannier::daemon::commands
