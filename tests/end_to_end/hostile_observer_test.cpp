// Observing over HTTP, as a browser that was led astray, a flood and a vandal do it.
#include <sys/resource.h>

#include "tests/end_to_end/observed.h"

namespace pannier::end_to_end {
namespace {

TEST(HostileObserverTest, ShowsAHostileServicesNameWithoutBreakingTheScrape) {
  const ScriptedBackend backend;
  DaemonProcess daemon(observed(backend, {{"PANNIER__SHUTDOWN__TIMEOUT", "100ms"}}));
  ASSERT_TRUE(daemon.start());
  std::string long_name;
  for (int i = 0; i < 99; ++i) long_name += "\U0001F4A3";
  send_records(daemon, 0, 1, {{"service", "\"a\\\"} 1 \u202E\\\\\""}});
  send_records(daemon, 1, 1, {{"service", "\"" + long_name + "a\""}});
  send_records(daemon, 2, 1, {{"service", "\"" + long_name + "b\""}});
  const HttpReply scrape = get_http(daemon.tcp_port(), "/metrics");
  const std::string metrics = daemon.folder() / "metrics";
  write_file(metrics, scrape.body);
  const CommandResult parsed = run_command(
      {{"/usr/bin/python3", "-c",
        "import sys; from prometheus_client.parser import text_string_to_metric_families as families\n"
        "samples = [s for f in families(open(sys.argv[1]).read()) for s in f.samples]\n"
        "keys = {(s.name, frozenset(s.labels.items())) for s in samples}\n"
        "lanes = {s.labels['lane'] for s in samples if 'lane' in s.labels}\n"
        "assert len(keys) == len(samples), 'doubles'\n"
        "print(len(lanes)); assert max(len(lane.encode()) for lane in lanes) < 220",
        metrics},
       {},
       {}});
  EXPECT_EQ(parsed.output, "5\n") << parsed.error << scrape.body;
  EXPECT_EQ(scrape.body.find("\u202E"), std::string::npos);
  EXPECT_TRUE(JsonDocument(get_http(daemon.tcp_port(), "/delivering").body).is_valid());
}

TEST(HostileObserverTest, SendsAwayWhatAReboundPageSends) {
  const ScriptedBackend backend;
  DaemonProcess daemon(observed(backend));
  ASSERT_TRUE(daemon.start());
  const std::uint16_t port = daemon.tcp_port();
  const std::string at_port = ":" + std::to_string(port);
  for (const char* path : {"/metrics", "/healthz", "/readyz", "/delivering", "/stats"}) {
    EXPECT_EQ(ask_http(port, "GET", path, "Host: evil.example" + at_port + "\r\n").status, 421) << path;
    EXPECT_EQ(ask_http(port, "GET", path, "").status, 421) << path;
    EXPECT_EQ(ask_http(port, "GET", path, "Host: localhost\r\nHost: evil.example\r\n").status, 421) << path;
    EXPECT_EQ(ask_http(port, "GET", path, "Host: 127.0.0.1" + at_port + "\r\nOrigin: http://evil.example\r\n")
                  .status,
              403)
        << path;
    EXPECT_EQ(ask_http(port, "GET", path, "Host: localhost\r\nOrigin: null\r\n").status, 403) << path;
    EXPECT_EQ(ask_http(port, "GET", path, "Host: metrics.example.com\r\n").status, 200) << path;
    EXPECT_EQ(ask_http(port, "GET", path, "Host: [::1]" + at_port + "\r\n").status, 200) << path;
  }
  EXPECT_EQ(ask_http(port, "POST", "/metrics", "Host: localhost\r\nOrigin: http://evil.example\r\n",
                     std::string(100'000, 'x'))
                .status,
            403)
      << "before the body is read";
  EXPECT_EQ(metric(daemon, "pannier_http_answers_total{listener=\"observe\",code=\"421\"}"), 15U);
  EXPECT_EQ(metric(daemon, "pannier_http_answers_total{listener=\"observe\",code=\"403\"}"), 11U);
}

TEST(HostileObserverTest, OnlyAnswersQuestions) {
  const ScriptedBackend backend;
  DaemonProcess daemon(observed(backend));
  ASSERT_TRUE(daemon.start());
  const std::uint16_t port = daemon.tcp_port();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"}) {
    const HttpReply reply = ask_http(port, method, "/readyz", "Host: localhost\r\n", "{}");
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_NE(reply.head.find("\r\nAllow: GET, HEAD\r\n"), std::string::npos) << reply.head;
  }
  EXPECT_EQ(get_http(port, "/reload").status, 404);
  EXPECT_EQ(get_http(port, "/status").status, 404);
  EXPECT_EQ(ask_http(port, "GET", "/metrics", "Host: localhost\r\n", "a body").status, 413);
  EXPECT_EQ(ask_http(port, "GET", "/metrics",
                     "Host: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n")
                .status,
            400);
  const HttpReply head = ask_http(port, "HEAD", "/stats");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_NE(head.head.find("\r\nCache-Control: no-store"), std::string::npos) << head.head;
}

TEST(HostileObserverTest, KnowsItsOwnRequestsComingRound) {
  ScriptedBackend backend;
  DaemonProcess daemon(observed(backend));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 1);
  ASSERT_TRUE(backend.wait_for_requests(1, patience));
  std::string id;
  const SeenRequest sent = backend.requests().front();
  for (const auto& [name, value] : sent.headers)
    if (name == "x-pannier-via" || name == "X-Pannier-Via") id = value;
  ASSERT_FALSE(id.empty());
  const std::string host = "Host: localhost\r\nX-Pannier-Via: ";
  EXPECT_EQ(ask_http(daemon.tcp_port(), "GET", "/healthz", host + id + "\r\n").status, 508);
  EXPECT_EQ(ask_http(daemon.tcp_port(), "GET", "/healthz", host + "another\r\n").status, 200);
}

TEST(HostileObserverTest, TellsNobodyOfThisHostWhatABackendSaid) {
  ScriptedBackend backend;
  DaemonProcess daemon(observed(backend, {{"PANNIER__SHUTDOWN__TIMEOUT", "100ms"}}));
  ASSERT_TRUE(daemon.start());
  backend.next(answer(401, R"({"detail":"Invalid API key key-orders"})").for_ever());
  send_records(daemon, 0, 1);
  wait_for_state(daemon, orders, "blocked", "key refused (401 Invalid API key key-orders)");
  std::string all;
  for (const char* path : {"/metrics", "/delivering", "/stats"})
    all += get_http(daemon.tcp_port(), path).body;
  EXPECT_NE(all.find("\"why\":\"key refused (401)\""), std::string::npos) << all;
  EXPECT_EQ(all.find("key-orders"), std::string::npos) << all;
  EXPECT_EQ(all.find("Invalid"), std::string::npos) << all;
}

// The 65th connection is one too many, whatever it wants to ask.
TEST(HostileObserverTest, AnswersSixtyFourOfAThousandParallelHealthChecksAndCountsTheRest) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const ScriptedBackend backend;
  DaemonProcess daemon(observed(backend));
  ASSERT_TRUE(daemon.start());
  std::vector<RawHttpClient> checks;
  checks.reserve(1000);
  for (int i = 0; i < 1000; ++i) {
    checks.emplace_back(daemon.tcp_port());
    ASSERT_TRUE(checks.back().is_open()) << i;
  }
  send_records(daemon, 0, 100);
  int answered = 0, refused = 0;
  for (RawHttpClient& check : checks)
    check.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  for (RawHttpClient& check : checks) {
    const HttpReply reply = reply_in(check.read_to_end());
    answered += reply.status == 200;
    refused += reply.status == 0 && check.was_closed();
  }
  EXPECT_EQ(answered, 64);
  EXPECT_EQ(refused, 936);
  checks.clear();
  EXPECT_TRUE(wait_until([&] { return get_http(daemon.tcp_port(), "/healthz").status == 200; }, patience));
  EXPECT_GE(metric(daemon, "pannier_http_refused_connections_total{listener=\"observe\"}"), 936U);
  settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 100));
}

TEST(HostileObserverTest, OutlivesAScraperThatNeverReadsAndHalfARequest) {
  const ScriptedBackend backend;
  DaemonProcess daemon(observed(backend));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 1);
  const std::uint64_t before = daemon.resident_bytes();
  std::vector<RawHttpClient> deaf;
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (int i = 0; i < 20; ++i) {
    deaf.emplace_back(daemon.tcp_port(), 4096);
    deaf.back().send(requests, 1ms);
  }
  RawHttpClient half(daemon.tcp_port());
  ASSERT_TRUE(half.send("GET /metrics HTTP/1.1\r\nHost: loc"));
  const std::string unread = "pannier_http_unread_answers_total{listener=\"observe\"}";
  const std::string cut = "pannier_http_answers_total{listener=\"observe\",code=\"408\"}";
  send_records(daemon, 1, 99);
  EXPECT_TRUE(wait_until([&] { return metric(daemon, cut) == 1; }, patience));
  EXPECT_EQ(reply_in(half.read_to_end()).status, 408);
  EXPECT_TRUE(wait_until([&] { return metric(daemon, unread) > 0; }, patience));
  EXPECT_LT(daemon.resident_bytes(), before + bounded_growth);
  settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 100));
}

}  // namespace
}  // namespace pannier::end_to_end
