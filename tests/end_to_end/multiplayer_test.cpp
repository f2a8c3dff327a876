// Records on their way to an OTLP backend: what goes out, what stays, what each answer does to the books.
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

constexpr const char* traces = "/lanes/multiplayer~1traces";
constexpr const char* left_out = "/destinations/multiplayer/left_out";
constexpr std::string_view session_id = R"("debdeb1a2b3c4d000000000000000001")";
constexpr std::string_view other_id = R"("0123456789abcdef0000000000000001")";

BackendOptions otlp_key() {
  BackendOptions options;
  options.keys = {{"otlp-key", "any"}};
  return options;
}

std::string otlp_config(const std::string& url, const std::string& settings) {
  return std::string("service: orders\nnode: test\n") + usual_receive + usual_control +
         "deliver:\n"
         "  multiplayer:\n"
         "    url: \"" +
         url +
         "\"\n"
         "    batch: { interval: 200ms }\n"
         "    retry: { base: 20ms, cap: 100ms }\n"
         "    timeout: 2s\n" +
         settings;
}

DaemonOptions otlp_options(const ScriptedBackend& backend,
                           const std::string& settings = "    key: otlp-key\n    send: all\n") {
  DaemonOptions options;
  options.config = otlp_config(backend.url(), settings);
  return options;
}

TEST(MultiplayerTest, EveryRecordArrivesOnceInEachEncodingAndPacking) {
  for (const char* encoding : {"protobuf", "json"})
    for (const char* compression : {"gzip", "none"}) {
      ScriptedBackend backend(otlp_key());
      DaemonProcess daemon(
          otlp_options(backend, std::string("    key: otlp-key\n    send: all\n    encoding: ") + encoding +
                                    "\n    compression: " + compression + "\n"));
      ASSERT_TRUE(daemon.start());
      send_records(daemon, 0, 2000);
      EXPECT_TRUE(backend.wait_for_records(2000, patience));
      EXPECT_EQ(settled(daemon).number(std::string(traces) + "/delivered"), 2000U);
      EXPECT_EQ(backend.contexts(), marks(0, 2000));
      EXPECT_EQ(backend.stored_records(), 2000U);
      EXPECT_EQ(daemon.log().find("otlp-key"), std::string::npos);
    }
}

TEST(MultiplayerTest, ByDefaultOnlySessionsGoOutAndTheRestIsCounted) {
  ScriptedBackend backend(otlp_key());
  DaemonProcess daemon(otlp_options(backend, "    key: otlp-key\n"));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 5, {{"trace_id", session_id}});
  send_records(daemon, 5, 3, {{"trace_id", other_id}});
  send_records(daemon, 8, 2);
  send_records(daemon, 10, 4, {{"trace_id", session_id}, {"endpoint", "\"/healthz\""}});
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number(std::string(traces) + "/delivered"), 5U);
  EXPECT_EQ(status.number(std::string(left_out) + "/not_session"), 5U);
  EXPECT_EQ(status.number(std::string(left_out) + "/health_check"), 4U);
  EXPECT_EQ(backend.contexts(), marks(0, 5));
}

TEST(MultiplayerTest, GoesBesideMaltiAndNeitherWaitsForTheOther) {
  ScriptedBackend malti(two_services()), otlp(otlp_key());
  DaemonOptions options = otlp_options(otlp);
  options.config +=
      "  malti: { url: \"" + malti.url() + "\", keys: { orders: key-orders }, batch: { interval: 200ms } }\n";
  DaemonProcess daemon(std::move(options));
  ASSERT_TRUE(daemon.start());
  otlp.next(answer(503).for_ever());
  send_records(daemon, 0, 100, {{"service", "\"orders\""}});
  EXPECT_TRUE(malti.wait_for_records(100, patience));
  wait_for_state(daemon, traces, "backing_off", "server error (503)");
  otlp.follow_contract();
  settled(daemon);
  EXPECT_EQ(otlp.contexts(), marks(0, 100));
  EXPECT_EQ(malti.contexts(), marks(0, 100));
}

struct Nonsense {
  const char* name;
  Behaviour behaviour;
  const char* state;
  const char* why;
};
void PrintTo(const Nonsense& nonsense, std::ostream* out) {
  *out << nonsense.name;
}

class MultiplayerAnswersTest : public testing::TestWithParam<Nonsense> {};

TEST_P(MultiplayerAnswersTest, IsNotTakenForDeliveredAndIsSaidAndSurvived) {
  ScriptedBackend backend(otlp_key());
  DaemonProcess daemon(otlp_options(backend));
  ASSERT_TRUE(daemon.start());
  backend.next(GetParam().behaviour.for_ever());
  send_records(daemon, 0, 300);
  wait_for_state(daemon, traces, GetParam().state, GetParam().why);
  const JsonDocument status = daemon.status_json();
  EXPECT_EQ(status.number(std::string(traces) + "/delivered"), 0U);
  EXPECT_EQ(status.sum(std::string(traces) + "/held"), 300U);
  expect_balanced(daemon);
  backend.follow_contract();
  backend.release();
  EXPECT_EQ(settled(daemon).number(std::string(traces) + "/delivered"), 300U);
  EXPECT_EQ(backend.contexts(), marks(0, 300));
}

INSTANTIATE_TEST_SUITE_P(
    EveryNonsense, MultiplayerAnswersTest,
    testing::Values(Nonsense{"HtmlWith200", html(200), "blocked", "a proxy's page"},
                    Nonsense{"MaltisAnswer", answer(200, R"({"count":300})"), "blocked", "a proxy's page"},
                    Nonsense{"PartialContent", answer(206, "{}"), "blocked", "address"},
                    Nonsense{"NotFound", answer(404), "blocked", "address"},
                    Nonsense{"MovedAway", redirect("http://127.0.0.1:9/v1/traces"), "blocked", "address"},
                    Nonsense{"KeyRefused", answer(401), "blocked", "key refused"},
                    Nonsense{"Unavailable", answer(503), "backing_off", "server error"},
                    Nonsense{"ServerError", answer(500), "backing_off", "server error"},
                    Nonsense{"NoMediaTypeAtAll", answer(415), "blocked", "address"},
                    Nonsense{"Nothing", of_kind(Behaviour::Kind::hang), "backing_off", "no answer"}),
    [](const auto& info) { return info.param.name; });

TEST(MultiplayerTest, OneSpanOf500ThatIsRefusedIsFoundAndTheOthersArrive) {
  ScriptedBackend backend(otlp_key());
  backend.poison(mark(123), Poison::bad_request);
  DaemonProcess daemon(otlp_options(backend));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 500);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number(std::string(traces) + "/delivered"), 499U);
  EXPECT_EQ(status.number(std::string(traces) + "/dead_reasons/refused"), 1U);
  std::set<std::string> expected = marks(0, 500);
  expected.erase(mark(123));
  EXPECT_EQ(backend.contexts(), expected);
  EXPECT_EQ(backend.stored_records(), 499U);
}

TEST(MultiplayerTest, WhereNoGzipIsTakenAllIsSentPlainWithoutAFailure) {
  ScriptedBackend backend(otlp_key());
  backend.refuse_gzip();
  DaemonProcess daemon(otlp_options(backend));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 300);
  EXPECT_TRUE(backend.wait_for_records(300, patience));
  send_records(daemon, 300, 300);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number(std::string(traces) + "/delivered"), 600U);
  EXPECT_EQ(status.number(std::string(traces) + "/maybe_twice"), 0U);
  EXPECT_EQ(backend.stored_records(), 600U);
  EXPECT_EQ(daemon.log().find("backing off"), std::string::npos);
}

TEST(MultiplayerTest, WhatAPartialSuccessRefusesIsDroppedAndSaid) {
  ScriptedBackend backend(otlp_key());
  DaemonProcess daemon(otlp_options(backend));
  ASSERT_TRUE(daemon.start());
  backend.next(partial_success(7, "7 spans are too old\u202e\n"));
  send_records(daemon, 0, 100);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number(std::string(traces) + "/delivered"), 93U);
  EXPECT_EQ(status.number(std::string(traces) + "/dropped/partial_success"), 7U);
  EXPECT_EQ(backend.request_count(), 1U);
  expect_logged(daemon, "refused 7 of 100 records");
  EXPECT_NE(daemon.log().find("7 spans are too old\\u{202e}\\n"), std::string::npos) << daemon.log();
}

TEST(MultiplayerTest, ANewKeyInItsFileIsReadWhenTheOldOneIsRefused) {
  ScriptedBackend backend(otlp_key());
  DaemonProcess daemon(otlp_options(backend, "    key: { file: @folder@/otlp.key }\n    send: all\n"));
  write_file(daemon.folder() / "otlp.key", "stale\n");
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 50);
  wait_for_state(daemon, traces, "blocked", "key refused (401)");
  EXPECT_TRUE(daemon.status_json().string(std::string(traces) + "/key_file").ends_with("/otlp.key"));
  write_file(daemon.folder() / "otlp.key", "otlp-key\n");
  EXPECT_EQ(settled(daemon).number(std::string(traces) + "/delivered"), 50U);
  EXPECT_EQ(backend.contexts(), marks(0, 50));
}

TEST(MultiplayerTest, AReloadChangesWhatIsSentAndWhereTo) {
  ScriptedBackend first(otlp_key()), second(otlp_key());
  DaemonProcess daemon(otlp_options(first, "    key: otlp-key\n"));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 10);
  EXPECT_EQ(settled(daemon).number(std::string(left_out) + "/not_session"), 10U);
  daemon.write_config(otlp_config(second.url(), "    key: otlp-key\n    send: sampled\n    ratio: 1.0\n"));
  ASSERT_EQ(daemon.reload().exit_code, 0);
  send_records(daemon, 10, 10);
  EXPECT_EQ(settled(daemon).number(std::string(traces) + "/delivered"), 10U);
  EXPECT_EQ(first.request_count(), 0U);
  EXPECT_EQ(second.contexts(), marks(10, 10));
}

TEST(MultiplayerTest, AReloadThatTakesTheKeyAwayBlocksTheLaneAndKeepsItsRecords) {
  ScriptedBackend backend(otlp_key());
  DaemonProcess daemon(otlp_options(backend));
  ASSERT_TRUE(daemon.start());
  daemon.write_config(otlp_config(backend.url(), "    send: all\n"));
  ASSERT_EQ(daemon.reload().exit_code, 0);
  send_records(daemon, 0, 10);
  wait_for_state(daemon, traces, "blocked", "no key");
  EXPECT_EQ(daemon.status_json().sum(std::string(traces) + "/held"), 10U);
  daemon.write_config(otlp_config(backend.url(), "    key: otlp-key\n    send: all\n"));
  ASSERT_EQ(daemon.reload().exit_code, 0);
  EXPECT_EQ(settled(daemon).number(std::string(traces) + "/delivered"), 10U);
}

TEST(MultiplayerTest, TheSdksVariablesAloneAreEnough) {
  ScriptedBackend backend(otlp_key());
  DaemonOptions options;
  options.environment = {{"MULTIPLAYER_API_KEY", "otlp-key"},
                         {"MULTIPLAYER_OTLP_COLLECTOR_ENDPOINT", backend.url() + "/v1/traces"},
                         {"PANNIER__DELIVER__MULTIPLAYER__BATCH__INTERVAL", "200ms"}};
  DaemonProcess daemon(std::move(options));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 10, {{"trace_id", session_id}});
  EXPECT_EQ(settled(daemon).number(std::string(traces) + "/delivered"), 10U);
}

}  // namespace
}  // namespace pannier::end_to_end
