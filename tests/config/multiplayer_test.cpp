// deliver.multiplayer: when it is on, whose key counts, and what is refused.
#include <gmock/gmock.h>

#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using MultiplayerTest = ConfigTest;
constexpr const char* near = "url: \"http://127.0.0.1:4318\"";

std::string with(const std::string& settings) {
  return std::string("deliver: { multiplayer: { ") + near + ", " + settings + " } }";
}

TEST_F(MultiplayerTest, IsOnWhenAKeyIsGivenAndThenTheOnlyDestination) {
  const Settings settings = loaded(with("key: abc")).settings;
  EXPECT_TRUE(settings.multiplayer.enabled);
  EXPECT_FALSE(settings.local.enabled);
  EXPECT_FALSE(settings.malti.enabled);
  EXPECT_EQ(settings.multiplayer.key.secret.reveal(), "abc");
  EXPECT_EQ(settings.multiplayer.url, "http://127.0.0.1:4318");
}

TEST_F(MultiplayerTest, ItsDefaultsAreThoseOfTheManual) {
  const deliver::otlp::Options options = loaded(with("key: abc")).settings.multiplayer;
  EXPECT_EQ(options.encoding, deliver::otlp::Encoding::protobuf);
  EXPECT_TRUE(options.gzip);
  EXPECT_EQ(options.send, deliver::otlp::Send::sessions);
  EXPECT_EQ(options.ratio, 0.0);
  EXPECT_EQ(options.lane.batch.records, 500U);
  EXPECT_EQ(options.lane.connections, 2U);
  EXPECT_EQ(deliver::otlp::Options{}.url, "https://otlp.multiplayer.app");
}

TEST_F(MultiplayerTest, EverySettingArrives) {
  const deliver::otlp::Options options =
      loaded(
          with(
              "key: abc, encoding: json, compression: none, send: sampled, ratio: 0.25, batch: { records: 7, "
              "bytes: 2KiB, interval: 3s, high_mark: 50% }, retry: { base: 2s, cap: 4s, max_age: 1d, "
              "max_attempts: 5 }, timeout: 6s, connections: 8"))
          .settings.multiplayer;
  EXPECT_EQ(options.encoding, deliver::otlp::Encoding::json);
  EXPECT_FALSE(options.gzip);
  EXPECT_EQ(options.send, deliver::otlp::Send::sampled);
  EXPECT_EQ(options.ratio, 0.25);
  EXPECT_EQ(options.lane.batch.records, 7U);
  EXPECT_EQ(options.lane.batch.bytes, 2048U);
  EXPECT_EQ(options.lane.batch.interval, std::chrono::seconds(3));
  EXPECT_EQ(options.lane.batch.high_mark, 0.5);
  EXPECT_EQ(options.lane.retry.base, std::chrono::seconds(2));
  EXPECT_EQ(options.lane.retry.cap, std::chrono::seconds(4));
  EXPECT_EQ(options.lane.retry.max_age, std::chrono::hours(24));
  EXPECT_EQ(options.lane.retry.max_attempts, 5U);
  EXPECT_EQ(options.lane.timeout, std::chrono::seconds(6));
  EXPECT_EQ(options.lane.connections, 8U);
}

TEST_F(MultiplayerTest, ItsKeyMayStandInAFile) {
  const std::string file = write("key", "from-file\n");
  const Settings settings = loaded(with("key: { file: \"" + file + "\" }")).settings;
  EXPECT_EQ(settings.multiplayer.key.secret.reveal(), "from-file");
  EXPECT_EQ(settings.multiplayer.key.file, file);
  EXPECT_THAT(mistakes(with("key: { file: /nowhere }")), ElementsAre(HasSubstr("deliver.multiplayer.key: ")));
}

TEST_F(MultiplayerTest, TheSdksVariablesAreACompleteConfiguration) {
  environment({{"MULTIPLAYER_OTLP_KEY", " otlp "},
               {"MULTIPLAYER_OTLP_COLLECTOR_ENDPOINT", "http://localhost:4318/v1/traces"}});
  const Loaded it = loaded();
  EXPECT_TRUE(it.settings.multiplayer.enabled);
  EXPECT_EQ(it.settings.multiplayer.key.secret.reveal(), "otlp");
  EXPECT_EQ(it.settings.multiplayer.url, "http://localhost:4318/v1/traces");
  EXPECT_EQ(origin(it, "deliver.multiplayer.key")->where, "environment MULTIPLAYER_OTLP_KEY");
  EXPECT_EQ(origin(it, "deliver.multiplayer.key")->value, "***");
  EXPECT_THAT(it.warnings, IsEmpty());
}

TEST_F(MultiplayerTest, TheApisKeyServesWhereThereIsNoOther) {
  environment({{"MULTIPLAYER_API_KEY", "api"}, {"MULTIPLAYER_OTLP_COLLECTOR_ENDPOINT", "http://[::1]:1"}});
  const Loaded api = loaded();
  EXPECT_EQ(api.settings.multiplayer.key.secret.reveal(), "api");
  EXPECT_EQ(origin(api, "deliver.multiplayer.key")->where, "environment MULTIPLAYER_API_KEY");
  environment({{"MULTIPLAYER_API_KEY", "api"},
               {"MULTIPLAYER_OTLP_KEY", "otlp"},
               {"MULTIPLAYER_OTLP_COLLECTOR_ENDPOINT", "http://[::1]:1"}});
  const Loaded both = loaded();
  EXPECT_EQ(both.settings.multiplayer.key.secret.reveal(), "otlp");
  EXPECT_THAT(both.warnings, ElementsAre(HasSubstr("MULTIPLAYER_API_KEY is without effect")));
}

TEST_F(MultiplayerTest, OurVariableGoesBeforeTheSdks) {
  environment({{"PANNIER__DELIVER__MULTIPLAYER__KEY", "ours"}, {"MULTIPLAYER_OTLP_KEY", "theirs"}});
  EXPECT_EQ(loaded(with("send: all")).settings.multiplayer.key.secret.reveal(), "ours");
}

TEST_F(MultiplayerTest, AKeyNeverGoesUnencryptedBeyondThisHost) {
  EXPECT_THAT(mistakes("deliver: { multiplayer: { key: secret-key, url: \"http://otlp.example.com\" } }"),
              ElementsAre("pannier.yaml:1:49: deliver.multiplayer.url: the key would go unencrypted to "
                          "http://otlp.example.com; write https:// (http:// is for this host only)"));
}

TEST_F(MultiplayerTest, SettingsWithoutAKeyAreWarnedOf) {
  const Loaded it = loaded(with("send: all"));
  EXPECT_FALSE(it.settings.multiplayer.enabled);
  EXPECT_TRUE(it.settings.local.enabled);
  EXPECT_THAT(it.warnings, ElementsAre(HasSubstr("has settings but no key, so it is off")));
  EXPECT_THAT(loaded("deliver: { multiplayer: off }").warnings, IsEmpty());
}

TEST_F(MultiplayerTest, AnInlineKeyInAFileForEverybodyIsWarnedOf) {
  request_.file = write("open.yaml", with("key: abc"), 0644);
  EXPECT_THAT(loaded().warnings, Contains(HasSubstr("a key in a file that everybody can read")));
}

TEST_F(MultiplayerTest, WrongWordsAreToldWithTheirCure) {
  EXPECT_THAT(mistakes(with("key: abc, encoding: xml")), ElementsAre(HasSubstr("write protobuf or json")));
  EXPECT_THAT(mistakes(with("key: abc, compression: zstd")), ElementsAre(HasSubstr("write gzip or none")));
  EXPECT_THAT(mistakes(with("key: abc, send: some")),
              ElementsAre(HasSubstr("write sessions, sampled or all")));
  EXPECT_THAT(mistakes(with("key: abc, ratio: 1.5")), ElementsAre(HasSubstr("deliver.multiplayer.ratio")));
  EXPECT_THAT(mistakes(with("key: abc, retry: { base: 2s, cap: 1s }")),
              ElementsAre(HasSubstr("is less than")));
  EXPECT_THAT(mistakes(with("key: \"two words\"")), ElementsAre(HasSubstr("is not a key")));
  EXPECT_THAT(mistakes(with("key: [a]")), ElementsAre(HasSubstr("has no key; write")));
}

TEST_F(MultiplayerTest, AReloadTellsWhatItChanged) {
  const Loaded before = loaded(with("key: one"));
  EXPECT_THAT(compare(before, loaded(with("key: two"))).applied, ElementsAre("deliver.multiplayer.key"));
  EXPECT_THAT(compare(before, loaded(with("key: one, send: all, ratio: 10%"))).applied,
              ElementsAre("deliver.multiplayer.ratio", "deliver.multiplayer.send"));
  EXPECT_THAT(compare(before, loaded(with("key: one, encoding: json"))).applied,
              ElementsAre("deliver.multiplayer.encoding"));
}

}  // namespace
}  // namespace pannier::config
