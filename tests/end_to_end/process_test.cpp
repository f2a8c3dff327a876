// What the settings below `process` make of records on their way to Malti, and that a reload changes it.
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

using testing::Test;

constexpr const char* rules = R"(process:
  endpoints:
    - { match: /users/me, as: /me }
    - { match: "/users/{id}", as: "/users/{user_id}" }
    - { match: '~ /(v[0-9]+)/.*', as: '/\1/…' }
  strict: true
  drop: [ { status: 5xx, consumer: probe } ]
  consumer: { headers: [x-team], use_ip: true, trusted_proxies: [10.0.0.0/8] }
  anonymize_ip: true
  cardinality: { endpoints: 4, consumers: 100 }
)";

class ProcessTest : public Test {
 protected:
  ProcessTest() : options_(malti_options(backend_)) {}

  DaemonProcess& started(const std::string& process) {
    DaemonOptions options = options_;
    options.config = process + options_.config;
    daemon_.emplace(options);
    EXPECT_TRUE(daemon_->start());
    return *daemon_;
  }
  // What Malti got of the record with this mark.
  MaltiRecord at_malti(std::uint64_t id) const {
    for (const MaltiRecord& record : backend_.records())
      if (record.context == mark(id)) return record;
    ADD_FAILURE() << "not there: " << id;
    return {};
  }
  void send(std::uint64_t id, Overrides overrides) { send_records(*daemon_, id, 1, overrides); }
  void send_path(std::uint64_t id, const std::string& path) {
    send(id, {{"endpoint", ""}, {"path", "\"" + path + "\""}});
  }

  const ScriptedBackend backend_{two_services()};
  DaemonOptions options_;
  std::optional<DaemonProcess> daemon_;
};

TEST_F(ProcessTest, RulesNameWhatCameAsAPathAndStrictTheRest) {
  started(rules);
  send_path(0, "/users/me");
  send_path(1, "/users/42?token=x");
  send_path(2, "/v12/anything/at/all");
  send_path(3, "/orders/7");
  settled(*daemon_);
  EXPECT_EQ(at_malti(0).endpoint, "/me");
  EXPECT_EQ(at_malti(1).endpoint, "/users/{user_id}");
  EXPECT_EQ(at_malti(2).endpoint, "/v12/…");
  EXPECT_EQ(at_malti(3).endpoint, "(no route)");
}

TEST_F(ProcessTest, AProxysWordCountsAndTheAddressIsHidden) {
  started(rules);
  const auto forwarded = [](std::string_view list) {
    return R"({"X-Forwarded-For":")" + std::string(list) + "\"}";
  };
  const std::string believed = forwarded("1.1.1.1, 203.0.113.77:4711, 10.0.0.2");
  send(0, {{"consumer", ""}, {"client_ip", "\"10.0.0.1\""}, {"request_headers", believed}});
  send(1, {{"consumer", ""}, {"client_ip", "\"198.51.100.7\""}, {"request_headers", believed}});
  send(2, {{"consumer", ""}, {"request_headers", R"({"X-Team":"blue"})"}});
  settled(*daemon_);
  EXPECT_EQ(at_malti(0).consumer, "203.0.113.xxx");
  EXPECT_EQ(at_malti(1).consumer, "198.51.100.xxx");
  EXPECT_EQ(at_malti(2).consumer, "blue");
}

TEST_F(ProcessTest, WhatARuleDropsIsCountedAndTheRestArrives) {
  DaemonProcess& daemon = started(rules);
  send(0, {{"status", "503"}, {"consumer", "\"probe\""}});
  send(1, {{"status", "503"}});
  send(2, {{"consumer", "\"probe\""}});
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number("/destinations/malti/left_out/rule"), 1U);
  EXPECT_EQ(backend_.contexts(), marks(1, 2));
}

TEST_F(ProcessTest, EndpointsBeyondTheLimitAreOthersAndCountedAlsoOverAReload) {
  DaemonProcess& daemon = started(rules);
  for (std::uint64_t id = 0; id < 6; ++id) send(id, {{"endpoint", "\"/e" + std::to_string(id) + "\""}});
  JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number("/destinations/malti/cardinality/endpoint"), 2U);
  EXPECT_EQ(at_malti(3).endpoint, "/e3");
  EXPECT_EQ(at_malti(5).endpoint, "(other)");

  daemon.write_config(std::string(rules) + "  context: none\n" + options_.config);
  EXPECT_EQ(daemon.reload().exit_code, 0);
  send(6, {{"endpoint", "\"/e6\""}});
  settled(daemon);
  EXPECT_EQ(at_malti(6).endpoint, "(other)");
}

TEST_F(ProcessTest, AReloadChangesTheRulesAndABadOneNothing) {
  DaemonProcess& daemon = started(rules);
  std::string changed = rules;
  changed.replace(changed.find("as: /me"), 7, "as: /ME");
  daemon.write_config(changed + "  drop: [ { status: 6xx } ]\n" + options_.config);
  EXPECT_NE(daemon.reload().exit_code, 0);
  send_path(0, "/users/me");
  daemon.write_config(changed + options_.config);
  EXPECT_EQ(daemon.reload().exit_code, 0);
  send_path(1, "/users/me");
  settled(daemon);
  EXPECT_EQ(at_malti(0).endpoint, "/me");
  EXPECT_EQ(at_malti(1).endpoint, "/ME");
}

TEST_F(ProcessTest, AContextIsMadeWhereTheRecordHasNone) {
  DaemonProcess& daemon =
      started("process: { context: { headers: [x-malti-context], template: \"t={trace_id}\" } }\n");
  send_records(daemon, 0, 1, {{"context", ""}, {"trace_id", "\"0123456789abcdef0123456789abcdef\""}});
  send_records(daemon, 1, 1, {{"context", ""}, {"request_headers", R"({"X-Malti-Context":" legacy "})"}});
  send_records(daemon, 2, 1, {});
  settled(daemon);
  EXPECT_EQ(backend_.contexts(),
            (std::set<std::string>{"legacy", mark(2), "t=0123456789abcdef0123456789abcdef"}));
}

TEST_F(ProcessTest, TextsThatMaltisCleanerWouldTakeArriveDistinctAndAreCounted) {
  DaemonProcess& daemon = started("");
  send_path(0, "/a/<script>");
  send_records(daemon, 1, 1, {{"endpoint", R"("/a/\r")"}});
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(at_malti(0).endpoint, "/a/‹script›");
  EXPECT_EQ(at_malti(1).endpoint, "/a/ ");
  EXPECT_EQ(status.number("/destinations/malti/texts_cut"), 2U);
}

}  // namespace
}  // namespace pannier::end_to_end
