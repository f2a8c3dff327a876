#include "config/environment.h"

#include <cstdlib>

#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using EnvironmentTest = ConfigTest;

TEST_F(EnvironmentTest, EveryPlainSettingHasAVariable) {
  environment({{"PANNIER__RECEIVE__UDP__ADDRESS", "127.0.0.1:7001"},
               {"PANNIER__RECEIVE__UNIX_STREAM__ALLOW_UIDS", "1000, 1001"},
               {"PANNIER__PROCESS__CONSUMER__HEADERS", "X-A,x-b"},
               {"PANNIER__RECEIVE__UNIX_DATAGRAM", "off"},
               {"PANNIER__DELIVER__MALTI__BATCH__HIGH_MARK", "50%"}});
  const Settings it = loaded().settings;
  EXPECT_TRUE(it.receive.udp.enabled);
  EXPECT_EQ(it.receive.udp.address, "127.0.0.1:7001");
  EXPECT_THAT(it.receive.unix_stream.allow_uids, ElementsAre(1000U, 1001U));
  EXPECT_THAT(it.process.consumer_headers, ElementsAre("x-a", "x-b"));
  EXPECT_FALSE(it.receive.unix_datagram.enabled);
  EXPECT_DOUBLE_EQ(it.malti.lane.batch.high_mark, 0.5);
}

TEST_F(EnvironmentTest, AnUnknownOwnNameIsAMistakeAndEveryOtherIsNotOurs) {
  environment(
      {{"PANNIER_URL", "unix:///x"}, {"PANNIER_SERVICE_PORT", "80"}, {"PANNIER__RECEIVE__UPD", "off"}});
  EXPECT_THAT(mistakes(), ElementsAre("environment: PANNIER__RECEIVE__UPD: no such setting; did you mean "
                                      "PANNIER__RECEIVE__UDP?"));
}

TEST_F(EnvironmentTest, MapsOfFreeNamesAreTheFilesAlone) {
  environment({{"PANNIER__DELIVER__MALTI__KEYS__ORDERS", "k"}, {"PANNIER__PROCESS__ENDPOINTS", "x"}});
  EXPECT_THAT(mistakes(), ElementsAre(HasSubstr("deliver.malti.keys can only be written in the file"),
                                      HasSubstr("process.endpoints can only be written in the file")));
}

TEST_F(EnvironmentTest, TakesTheSdksVariables) {
  environment({{"MALTI_API_KEY", "k\n"},
               {"MALTI_SERVICE_NAME", "orders"},
               {"MALTI_URL", "http://127.0.0.1:9"},
               {"MALTI_NODE", "n1"},
               {"MALTI_BATCH_SIZE", "50"},
               {"MALTI_BATCH_INTERVAL", "0.5"},
               {"MALTI_HTTP_TIMEOUT", "30.0"},
               {"MALTI_RETRY_DELAY", "5.0"},
               {"MALTI_MAX_CONNECTIONS", "10"},
               {"MALTI_OVERFLOW_THRESHOLD_PERCENT", "75.0"},
               {"MALTI_CLEAN_MODE", "FALSE"},
               {"MALTI_USE_IP_AS_CONSUMER", "True"},
               {"MALTI_IP_ANONYMIZE", "true"}});
  const Loaded it = loaded();
  EXPECT_THAT(it.warnings, IsEmpty());
  EXPECT_EQ(it.settings.process.service, "orders");
  EXPECT_EQ(it.settings.process.node, "n1");
  EXPECT_TRUE(it.settings.process.consumer_use_ip);
  EXPECT_TRUE(it.settings.process.anonymize_ip);
  const deliver::malti::Options& malti = it.settings.malti;
  EXPECT_EQ(malti.keys.at("orders").secret.reveal(), "k");
  EXPECT_EQ(malti.url, "http://127.0.0.1:9");
  EXPECT_FALSE(malti.clean_mode);
  EXPECT_EQ(malti.lane.batch.records, 50U);
  EXPECT_EQ(malti.lane.batch.interval, 500ms);
  EXPECT_DOUBLE_EQ(malti.lane.batch.high_mark, 0.75);
  EXPECT_EQ(malti.lane.timeout, 30s);
  EXPECT_EQ(malti.lane.retry.base, 5s);
  EXPECT_EQ(malti.lane.connections, 10U);
  EXPECT_EQ(origin(it, "deliver.malti.keys.orders")->where, "environment MALTI_API_KEY");
}

TEST_F(EnvironmentTest, AnEmptySdkVariableIsAsGoodAsNone) {
  environment({{"MALTI_URL", ""}, {"MALTI_BATCH_SIZE", ""}, {"MALTI_API_KEY", ""}, {"MALTI_CLEAN_MODE", ""}});
  const Loaded it = loaded();
  EXPECT_FALSE(it.settings.malti.enabled);
  EXPECT_TRUE(it.settings.malti.clean_mode);
  EXPECT_THAT(it.warnings, IsEmpty());
}

TEST_F(EnvironmentTest, OnlyTrueIsTrueAndWhatIsNeitherIsWarnedOf) {
  environment({{"MALTI_CLEAN_MODE", "1"}});
  const Loaded it = loaded();
  EXPECT_FALSE(it.settings.malti.clean_mode);
  EXPECT_THAT(it.warnings,
              ElementsAre("MALTI_CLEAN_MODE is \"1\", which counts as false, as in the SDK; write true "
                          "or false"));
}

TEST_F(EnvironmentTest, TellsOfVariablesWithoutEffect) {
  environment({{"MALTI_MAX_RETRIES", "3"}, {"MALTI_MAX_KEEPALIVE_CONNECTIONS", "5"}});
  const Loaded it = loaded();
  EXPECT_THAT(it.warnings, IsEmpty());
  EXPECT_THAT(it.notes, ElementsAre(HasSubstr("MALTI_MAX_RETRIES is taken, without effect"),
                                    HasSubstr("MALTI_MAX_KEEPALIVE_CONNECTIONS is taken, without effect")));
}

TEST_F(EnvironmentTest, VariablesOfPartsThatAreNotBuiltAreWarnedOf) {
  environment({{"MULTIPLAYER_BASE_API_URL", "u"},
               {"PANNIER__SESSION__URL", "https://api.example.com"},
               {"PANNIER__SESSION", "off"}});
  const Loaded it = loaded();
  EXPECT_EQ(it.warnings.size(), 2U);
  EXPECT_THAT(it.warnings, testing::Each(HasSubstr("is not built yet")));
}

TEST_F(EnvironmentTest, MistakesNameTheVariableThatMadeThem) {
  environment({{"MALTI_URL", "malti:8000"},
               {"MALTI_BATCH_INTERVAL", "1min"},
               {"MALTI_OVERFLOW_THRESHOLD_PERCENT", "nan"},
               {"MALTI_API_KEY", "k"},
               {"MALTI_BATCH_SIZE", "0"}});
  EXPECT_THAT(
      mistakes(),
      ElementsAre("environment: MALTI_API_KEY: nothing says whose key it is; set MALTI_SERVICE_NAME, too",
                  "environment: MALTI_BATCH_INTERVAL: \"1min\" is not a number of seconds; write 30",
                  "environment: MALTI_BATCH_SIZE: expected 1 to 5000, got 0",
                  "environment: MALTI_OVERFLOW_THRESHOLD_PERCENT: \"nan\" is not a number of percent; "
                  "write 90",
                  HasSubstr("environment: MALTI_URL: \"malti:8000\" has no scheme; write")));
}

TEST_F(EnvironmentTest, TheKeyServesItsOwnServiceWhateverTheFileSays) {
  environment({{"MALTI_API_KEY", "k"}, {"MALTI_SERVICE_NAME", "orders"}, {"PANNIER__SERVICE", "users"}});
  const Settings it = loaded().settings;
  EXPECT_EQ(it.process.service, "users");
  ASSERT_EQ(it.malti.keys.size(), 1U);
  EXPECT_TRUE(it.malti.keys.contains("orders"));
}

TEST_F(EnvironmentTest, CapturesTheProcesssVariables) {
  ASSERT_EQ(::setenv("PANNIER_TEST_VARIABLE", "a=b", 1), 0);
  const Environment captured = Environment::capture();
  ASSERT_EQ(::unsetenv("PANNIER_TEST_VARIABLE"), 0);
  EXPECT_EQ(captured.get("PANNIER_TEST_VARIABLE"), "a=b");
  EXPECT_EQ(captured.get("PANNIER_TEST_VARIABLE_2"), std::nullopt);
}

}  // namespace
}  // namespace pannier::config
