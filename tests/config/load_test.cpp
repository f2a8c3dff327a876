#include "config/load.h"

#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using LoadTest = ConfigTest;

TEST_F(LoadTest, AKeyAndAServiceNameAreACompleteConfiguration) {
  environment({{"MALTI_API_KEY", "k-1"}, {"MALTI_SERVICE_NAME", "orders"}});
  const Loaded it = loaded();
  EXPECT_TRUE(it.settings.malti.enabled);
  EXPECT_FALSE(it.settings.local.enabled);
  EXPECT_EQ(it.settings.malti.url, "http://localhost:8000");
  EXPECT_EQ(it.settings.process.service, "orders");
  ASSERT_EQ(it.settings.malti.keys.size(), 1U);
  EXPECT_EQ(it.settings.malti.keys.at("orders").secret.reveal(), "k-1");
  EXPECT_TRUE(it.file.empty());
}

TEST_F(LoadTest, WithoutADestinationTheLocalStoreIsOn) {
  const Loaded it = loaded();
  EXPECT_TRUE(it.settings.local.enabled);
  EXPECT_FALSE(it.settings.malti.enabled);
  EXPECT_EQ(it.settings.local.path, "/var/lib/pannier/records.db");
  EXPECT_EQ(origin(it, "deliver.local")->where, "default, there is no other destination");
}

TEST_F(LoadTest, DefaultsAreWhatTheManualSays) {
  const Settings it = loaded().settings;
  EXPECT_EQ(it.memory, 64U << 20U);
  EXPECT_EQ(it.process.service, "unknown-service");
  EXPECT_EQ(it.process.node, "web-7");
  EXPECT_THAT(it.process.consumer_headers,
              ElementsAre("x-consumer-id", "x-user-id", "consumer-id", "user-id"));
  EXPECT_TRUE(it.receive.unix_stream.enabled);
  EXPECT_TRUE(it.receive.unix_datagram.enabled);
  EXPECT_FALSE(it.receive.udp.enabled);
  EXPECT_EQ(it.receive.unix_stream.path, "/run/pannier/pannier.sock");
  EXPECT_EQ(it.receive.unix_stream.mode, 0660U);
  EXPECT_THAT(it.receive.unix_stream.group, IsEmpty());
  EXPECT_EQ(it.receive.limits.line, 256U << 10U);
  EXPECT_EQ(it.receive.limits.unfinished_line, 10min);
  EXPECT_EQ(it.malti.lane.batch.interval, 30s);
  EXPECT_DOUBLE_EQ(it.malti.lane.batch.high_mark, 0.9);
  EXPECT_EQ(it.malti.lane.retry.max_attempts, 0U);
  EXPECT_EQ(it.local.keep, 24h);
  EXPECT_EQ(it.control.path, "/run/pannier-control/control.sock");
  EXPECT_EQ(it.shutdown.timeout, 10s);
}

TEST_F(LoadTest, AUserWithoutRootFindsItsOwnPlaces) {
  environment({{"XDG_RUNTIME_DIR", "/run/user/1000"}, {"HOME", "/home/ann"}});
  const Settings it = loaded().settings;
  EXPECT_EQ(it.receive.unix_stream.path, "/run/user/1000/pannier/pannier.sock");
  EXPECT_EQ(it.receive.unix_datagram.path, "/run/user/1000/pannier/pannier.dgram");
  EXPECT_EQ(it.control.path, "/run/user/1000/pannier-control/control.sock");
  EXPECT_EQ(it.local.path, "/home/ann/.local/state/pannier/records.db");
  request_.uid = 0;
  EXPECT_EQ(loaded().settings.receive.unix_stream.path, "/run/pannier/pannier.sock");
}

TEST_F(LoadTest, TheFlagOutranksTheEnvironmentAndThatTheFile) {
  const std::string yaml = "control: { path: /tmp/file.sock }\nlog: { level: warn }\nmemory: 32MiB\n";
  environment({{"PANNIER__CONTROL__PATH", "/tmp/environment.sock"}, {"PANNIER__LOG__LEVEL", "debug"}});
  request_.flags = {{"control.path", "/tmp/flag.sock"}};
  const Loaded it = loaded(yaml);
  EXPECT_EQ(it.settings.control.path, "/tmp/flag.sock");
  EXPECT_EQ(it.settings.log.level, "debug");
  EXPECT_EQ(it.settings.memory, 32U << 20U);
  EXPECT_EQ(origin(it, "control.path")->where, "command line");
  EXPECT_EQ(origin(it, "log.level")->where, "environment PANNIER__LOG__LEVEL");
  EXPECT_EQ(without_folder(origin(it, "memory")->where), "file pannier.yaml:3");
  EXPECT_EQ(origin(it, "log.format")->where, "default");
}

TEST_F(LoadTest, ThePanniersOwnVariableOutranksTheSdks) {
  environment({{"PANNIER__DELIVER__MALTI__URL", "http://127.0.0.1:1"}, {"MALTI_URL", "http://127.0.0.1:2"}});
  EXPECT_EQ(loaded().settings.malti.url, "http://127.0.0.1:1");
}

TEST_F(LoadTest, ReadsEverySettingOfTheFile) {
  const Settings it = loaded(R"(
service: orders
node: n1
resource: { service.version: "1.4", k8s.label/app: x, deployment.environment: prod }
receive:
  unix_stream: { path: /tmp/a.sock, mode: "0600", group: web, allow_uids: [1000, 0] }
  unix_datagram: off
  udp: { address: "[::1]:6258" }
limits: { line: 64KiB, connections: 7 }
process:
  consumer: { headers: [X-Team], use_ip: true }
  endpoints: [ { match: "/users/{id}", as: "/users/{user_id}" }, { match: "~ /v[0-9]+/.*", as: /v } ]
spool: { mode: off }
deliver:
  malti:
    url: http://127.0.0.1:8000/
    keys: { orders: abc }
    batch: { records: 5000, bytes: 2MiB, interval: 1.5s, high_mark: 0.5 }
    retry: { base: 250ms, cap: 1min, max_age: 1d, max_attempts: 9 }
  local: { path: /tmp/r.db, keep: 1h }
shutdown: { timeout: 3s, wait_for_clients: 2s }
)")
                          .settings;
  EXPECT_EQ(it.resource.at("service.version"), "1.4");
  EXPECT_EQ(it.receive.unix_stream.mode, 0600U);
  EXPECT_EQ(it.receive.unix_stream.group, "web");
  EXPECT_THAT(it.receive.unix_stream.allow_uids, ElementsAre(1000U, 0U));
  EXPECT_FALSE(it.receive.unix_datagram.enabled);
  EXPECT_TRUE(it.receive.udp.enabled);
  EXPECT_EQ(it.receive.udp.address, "[::1]:6258");
  EXPECT_EQ(it.receive.limits.connections, 7U);
  EXPECT_THAT(it.process.consumer_headers, ElementsAre("x-team"));
  ASSERT_EQ(it.process.endpoints.size(), 2U);
  EXPECT_EQ(it.process.endpoints[1].match, "~ /v[0-9]+/.*");
  EXPECT_EQ(it.malti.url, "http://127.0.0.1:8000");
  EXPECT_EQ(it.malti.lane.batch.records, 5000U);
  EXPECT_EQ(it.malti.lane.batch.interval, 1500ms);
  EXPECT_DOUBLE_EQ(it.malti.lane.batch.high_mark, 0.5);
  EXPECT_EQ(it.malti.lane.retry.max_attempts, 9U);
  EXPECT_TRUE(it.malti.enabled);
  EXPECT_TRUE(it.local.enabled);
  EXPECT_EQ(it.shutdown.wait_for_clients, 2s);
}

TEST_F(LoadTest, AnEmptyUdpSectionSwitchesItOnAtItsUsualAddress) {
  const Settings it = loaded("receive:\n  udp: {}\n").settings;
  EXPECT_TRUE(it.receive.udp.enabled);
  EXPECT_EQ(it.receive.udp.address, "127.0.0.1:6258");
}

TEST_F(LoadTest, AVariableBelowAListenerSwitchesOnWhatTheFileSwitchedOff) {
  environment({{"PANNIER__RECEIVE__UDP__ADDRESS", "127.0.0.1:7000"}});
  EXPECT_TRUE(loaded("receive: { udp: off }").settings.receive.udp.enabled);
  environment({{"PANNIER__RECEIVE__UDP", "off"}});
  EXPECT_FALSE(loaded("receive: { udp: { address: 127.0.0.1:7000 } }").settings.receive.udp.enabled);
}

TEST_F(LoadTest, ObservingIsOffUntilItIsNamed) {
  EXPECT_FALSE(loaded().settings.observe.enabled);
  EXPECT_FALSE(loaded("observe: off").settings.observe.enabled);
  const Observe usual = loaded("observe: {}").settings.observe;
  EXPECT_TRUE(usual.enabled);
  EXPECT_EQ(usual.address, "127.0.0.1:6259");
  EXPECT_FALSE(usual.allow_remote);
  EXPECT_THAT(usual.hosts, IsEmpty());
  environment(
      {{"PANNIER__OBSERVE__ADDRESS", "[::1]:7000"}, {"PANNIER__OBSERVE__HOSTS", "Metrics.Example, b"}});
  const Observe named = loaded().settings.observe;
  EXPECT_TRUE(named.enabled);
  EXPECT_EQ(named.address, "[::1]:7000");
  EXPECT_THAT(named.hosts, ElementsAre("metrics.example", "b"));
}

TEST_F(LoadTest, AnAddressToObserveAtNeedsARestart) {
  const Loaded before = loaded("observe: {}");
  EXPECT_THAT(compare(before, loaded("observe: { address: 127.0.0.1:1, hosts: [a] }")).restart,
              ElementsAre("observe.address", "observe.hosts"));
  EXPECT_THAT(compare(before, loaded("observe: off")).restart, ElementsAre("observe"));
}

TEST_F(LoadTest, ASwitchedOffMaltiStaysOffAndItsKeysAreNotRead) {
  environment({{"PANNIER__DELIVER__MALTI", "off"}});
  const Loaded it = loaded("deliver: { malti: { keys: { orders: { file: /nowhere/key } } } }");
  EXPECT_FALSE(it.settings.malti.enabled);
  EXPECT_TRUE(it.settings.local.enabled);
  EXPECT_EQ(origin(it, "deliver.malti.url"), nullptr);
}

TEST_F(LoadTest, VariablesAreReplacedInValuesOnly) {
  environment({{"SERVICE", "orders"}, {"TRICK", "x: ${SERVICE}\nmemory: 1B"}, {"KEY", "k"}, {"EMPTY", ""}});
  const Loaded it = loaded(
      "service: \"${SERVICE}-${STAGE:-dev}\"\nnode: ${EMPTY:-n1}\n"
      "deliver: { malti: { keys: { orders: \"${KEY}\" } } }\nresource: { a: \"${SERVICE:-}\" }\n");
  EXPECT_EQ(it.settings.process.service, "orders-dev");
  EXPECT_EQ(it.settings.process.node, "n1");
  EXPECT_EQ(it.settings.malti.keys.at("orders").secret.reveal(), "k");
  EXPECT_EQ(it.settings.resource.at("a"), "orders");
  EXPECT_THAT(mistakes("service: ${TRICK}"), ElementsAre(HasSubstr("control characters")));
}

TEST_F(LoadTest, AVariableThatIsNotSetIsAMistake) {
  EXPECT_THAT(mistakes("service: ${STAGE}\nnode: ${1x}\nlog: { level: \"${A\" }"),
              ElementsAre("pannier.yaml:1:10: service: the variable STAGE is not set; set it, or write "
                          "${STAGE:-default}",
                          HasSubstr("pannier.yaml:2:7: node: \"1x\" is no variable's name"),
                          HasSubstr("pannier.yaml:3:15: log.level: ${ without its }")));
}

TEST_F(LoadTest, AVariableCannotBlowUpAValue) {
  environment({{"BIG", std::string(30'000, 'x')}});
  EXPECT_THAT(mistakes("resource: { a: \"${BIG}${BIG}${BIG}\" }"),
              ElementsAre(HasSubstr("longer than 64KiB")));
}

TEST_F(LoadTest, KeysComeFromFiles) {
  const std::string key = write("key", "  secret-1\n");
  const Loaded it = loaded("deliver: { malti: { keys: { orders: { file: " + key + " } } } }");
  EXPECT_EQ(it.settings.malti.keys.at("orders").secret.reveal(), "secret-1");
  EXPECT_EQ(it.settings.malti.keys.at("orders").file, key);
}

TEST_F(LoadTest, TheSdksKeyJoinsThoseOfTheFileAndOutranksTheSameService) {
  environment({{"MALTI_API_KEY", "from-sdk"}, {"MALTI_SERVICE_NAME", "orders"}});
  const auto keys = loaded("deliver: { malti: { keys: { orders: a, users: b } } }").settings.malti.keys;
  EXPECT_EQ(keys.at("orders").secret.reveal(), "from-sdk");
  EXPECT_EQ(keys.at("users").secret.reveal(), "b");
}

TEST_F(LoadTest, ACgroupWithLessMemoryLeavesLess) {
  request_.own_cgroup = write("own", "0::/pod/app\n");
  request_.cgroup_root = path("root");
  write("root/pod/app/memory.max", "max\n");
  write("root/pod/memory.max", std::to_string(60U << 20U) + "\n");
  const Loaded it = loaded();
  EXPECT_EQ(it.settings.memory, 40U << 20U);
  EXPECT_THAT(it.warnings,
              ElementsAre("memory: 40MiB instead of 64MiB, because the cgroup allows 60MiB in all"));
  EXPECT_EQ(origin(it, "memory")->value, "40MiB");
  write("root/pod/memory.max", std::to_string(96U << 20U) + "\n");
  EXPECT_EQ(loaded().settings.memory, 64U << 20U);
  write("root/pod/memory.max", std::to_string(35U << 20U) + "\n");
  EXPECT_THAT(mistakes(),
              ElementsAre("configuration: memory: the cgroup allows 35MiB; give it at least 36MiB"));
}

TEST_F(LoadTest, ReadsTheLimitOfAnOldCgroup) {
  request_.own_cgroup = write("own", "4:cpu:/x\n5:memory:/docker/a\n");
  request_.cgroup_root = path("root");
  write("root/memory/docker/a/memory.limit_in_bytes", std::to_string(60U << 20U) + "\n");
  write("root/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(loaded().settings.memory, 40U << 20U);
}

TEST_F(LoadTest, TheVersionNamesWhatIsInForceAndNoSecret) {
  const std::string one = loaded("deliver: { malti: { keys: { orders: a } } }").settings.version;
  const std::string same =
      loaded("deliver:\n  malti: { keys: { orders: b } }\nmemory: 65536KiB\n").settings.version;
  const std::string other =
      loaded("deliver: { malti: { keys: { orders: a } } }\nmemory: 32MiB").settings.version;
  EXPECT_THAT(one, testing::MatchesRegex("[0-9a-f]{6}"));
  EXPECT_EQ(one, same);
  EXPECT_NE(one, other);
}

TEST_F(LoadTest, CompareTellsWhatWaitsForARestart) {
  const Loaded before = loaded("memory: 64MiB\ndeliver: { malti: { keys: { orders: a }, timeout: 9s } }");
  const Loaded after = loaded("memory: 32MiB\ndeliver: { malti: { keys: { orders: b, users: c } } }");
  const Changes changes = compare(before, after);
  EXPECT_THAT(changes.restart, ElementsAre("memory"));
  EXPECT_THAT(changes.applied,
              ElementsAre("deliver.malti.keys.orders", "deliver.malti.keys.users", "deliver.malti.timeout"));
  EXPECT_TRUE(compare(after, after).empty());
}

TEST_F(LoadTest, CompareNamesASwitchedPartOnce) {
  const Loaded before = loaded("service: a");
  const Loaded after = loaded("service: a\ndeliver: { malti: { keys: { orders: b } } }");
  const Changes changes = compare(before, after);
  EXPECT_THAT(changes.restart, ElementsAre("deliver.local", "deliver.malti"));
  EXPECT_THAT(changes.applied, IsEmpty());
}

TEST_F(LoadTest, ARetryDelayAboveTheCapRaisesIt) {
  environment({{"MALTI_RETRY_DELAY", "60"}});
  const Loaded it = loaded();
  EXPECT_EQ(it.settings.malti.lane.retry.cap, 60s);
  EXPECT_THAT(mistakes("deliver: { malti: { url: http://localhost, retry: { base: 9s, cap: 5s } } }"),
              ElementsAre(HasSubstr("retry.cap: is less than retry.base; write at least 1min")));
}

}  // namespace
}  // namespace pannier::config
