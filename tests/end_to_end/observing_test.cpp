// Observing over HTTP, as a scraper, a health check, a browser on the same host and a vandal do it.
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "tests/doubles/http_asking.h"
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

constexpr const char* observe = "observe: { address: \"127.0.0.1:@tcp@\", hosts: [metrics.example.com] }\n";

DaemonOptions observed(const ScriptedBackend& backend, Environment environment = {}) {
  DaemonOptions options = malti_options(backend, std::move(environment));
  options.config += observe;
  return options;
}

std::string health_check() {
  return "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
}

// The number at the end of the line that begins so.
std::uint64_t metric(const DaemonProcess& daemon, const std::string& series) {
  const std::string text = "\n" + get_http(daemon.tcp_port(), "/metrics").body;
  const std::size_t at = text.find("\n" + series + " ");
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + series.size() + 2));
}

void expect_same_as_status(const DaemonProcess& daemon) {
  const HttpReply scrape = get_http(daemon.tcp_port(), "/metrics");
  EXPECT_EQ(scrape.status, 200);
  EXPECT_NE(scrape.head.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
            std::string::npos);
  const std::string metrics = daemon.folder() / "metrics";
  const std::string status = daemon.folder() / "status";
  write_file(metrics, scrape.body);
  write_file(status, daemon.status_json().text());
  const CommandResult checked =
      run_command({{"/usr/bin/python3", PANNIER_CHECK_METRICS, metrics, status}, {}, {}});
  EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.error << scrape.body;
}

TEST(ObservingTest, SaysTheSameAsTheStatusAndEverySumBalances) {
  ScriptedBackend backend(two_services());
  backend.poison(mark(3), Poison::unprocessable);
  DaemonProcess daemon(observed(backend));
  ASSERT_TRUE(daemon.start());
  expect_same_as_status(daemon);
  send_records(daemon, 0, 500);
  send_records(daemon, 500, 300, {{"service", "\"users\""}});
  send_records(daemon, 800, 5, {{"status", "404"}});
  ASSERT_TRUE(DatagramClient::to_udp(daemon.udp_port()).send(numbered_line(900)));
  UnixStreamClient client(daemon.stream_path());
  ASSERT_TRUE(client.send("no json\n" + numbered_line(901, {{"status", "7"}}) + "\n" +
                          numbered_line(902, {{"status", "0"}}) + "\n" + R"({"client_dropped": 12})" + "\n"));
  wait_for_lines(daemon, 809);
  const JsonDocument status = settled(daemon);
  EXPECT_GT(over_lanes(status, "dead"), 0U) << "the test should have one of each";
  expect_same_as_status(daemon);
  EXPECT_EQ(metric(daemon, "pannier_listener_client_dropped_records_total{listener=\"unix_stream\"}"), 12U);
}

TEST(ObservingTest, SaysTheSameWhileALaneIsDown) {
  ScriptedBackend backend(two_services());
  backend.stop();
  DaemonProcess daemon(observed(backend, {{"PANNIER__SHUTDOWN__TIMEOUT", "100ms"},
                                          {"PANNIER__DELIVER__MALTI__RETRY__BASE", "1h"},
                                          {"PANNIER__DELIVER__MALTI__RETRY__CAP", "1h"}}));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 20);
  wait_for_state(daemon, orders, "backing_off", "no answer");
  wait_for_number(daemon, std::string(orders) + "/held/in_flight", 0);
  expect_same_as_status(daemon);
}

TEST(ObservingTest, ShowsAHostileServicesNameWithoutBreakingTheScrape) {
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

TEST(ObservingTest, SendsAwayWhatAReboundPageSends) {
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

TEST(ObservingTest, OnlyAnswersQuestions) {
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

TEST(ObservingTest, KnowsItsOwnRequestsComingRound) {
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

TEST(ObservingTest, IsReadyWhateverTheBackendDoes) {
  ScriptedBackend backend(two_services());
  backend.stop();
  DaemonProcess daemon(observed(backend));
  ASSERT_TRUE(daemon.start());
  const std::uint16_t port = daemon.tcp_port();
  send_records(daemon, 0, 3);
  wait_for_state(daemon, orders, "backing_off", "no answer");
  EXPECT_EQ(get_http(port, "/readyz").status, 200);
  EXPECT_EQ(get_http(port, "/healthz").status, 200);
  const HttpReply reply = get_http(port, "/delivering");
  EXPECT_EQ(reply.status, 503);
  const JsonDocument told(reply.body);
  EXPECT_EQ(told.boolean("/delivering"), false);
  EXPECT_EQ(told.names("/lanes"), std::vector<std::string>{"malti/orders"}) << reply.body;
  EXPECT_EQ(told.string("/lanes/malti~1orders/state"), "backing_off");
  EXPECT_EQ(told.string("/lanes/malti~1orders/why"), "no answer");
  EXPECT_EQ(told.number("/lanes/malti~1orders/held"), 3U);
  backend.start_again();
  EXPECT_TRUE(wait_until([&] { return get_http(port, "/delivering").status == 200; }, patience));
  settled(daemon);
}

TEST(ObservingTest, TellsNobodyOfThisHostWhatABackendSaid) {
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

TEST(ObservingTest, IsNotReadyButAliveWhileItStops) {
  ScriptedBackend backend;
  DaemonProcess daemon(observed(
      backend, {{"PANNIER__SHUTDOWN__TIMEOUT", "10min"}, {"PANNIER__DELIVER__MALTI__TIMEOUT", "5min"}}));
  ASSERT_TRUE(daemon.start());
  const std::uint16_t port = daemon.tcp_port();
  EXPECT_EQ(get_http(port, "/readyz").status, 200);
  backend.next(of_kind(Behaviour::Kind::hang).for_ever());
  send_records(daemon, 0, 10);
  ASSERT_TRUE(backend.wait_for_requests(1, patience));
  daemon.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return get_http(port, "/readyz").status == 503; }, patience));
  EXPECT_EQ(daemon.command({"health", "--control", daemon.control_path()}).exit_code, 1);
  EXPECT_EQ(get_http(port, "/healthz").status, 200);
  EXPECT_EQ(JsonDocument(get_http(port, "/stats").body).boolean("/running"), false);
  EXPECT_EQ(metric(daemon, "pannier_ready"), 0U);
  EXPECT_EQ(daemon.terminate(), 0) << "a second SIGTERM";
  EXPECT_EQ(get_http(port, "/readyz").status, 0) << "nobody is there";
  backend.release();
}

// The 65th connection is one too many, whatever it wants to ask.
TEST(ObservingTest, AnswersSixtyFourOfAThousandParallelHealthChecksAndCountsTheRest) {
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
  for (RawHttpClient& check : checks) check.send(health_check());
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

TEST(ObservingTest, OutlivesAScraperThatNeverReadsAndHalfARequest) {
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

TEST(ObservingTest, EndsTheStartWithTheHoldersNameWhereItsAddressIsTaken) {
  const ScriptedBackend backend;
  DaemonProcess daemon(observed(backend));
  const int holder = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(holder, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(daemon.tcp_port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(holder, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(holder, 1), 0);
  daemon.launch();
  EXPECT_EQ(daemon.wait_for_end(), 1);
  ::close(holder);
  const std::string taken =
      "observe: TCP 127.0.0.1:" + std::to_string(daemon.tcp_port()) + " is in use, held by ";
  EXPECT_NE(daemon.log().find(taken), std::string::npos) << daemon.log();
  EXPECT_NE(daemon.log().find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos) << daemon.log();
}

TEST(ObservingTest, IsOffUntilItIsNamedAndAReloadSaysThatItNeedsARestart) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  EXPECT_FALSE(RawHttpClient(daemon.tcp_port()).is_open());
  daemon.write_config(malti_config(backend.url()) + observe);
  const CommandResult reloaded = daemon.reload();
  EXPECT_EQ(reloaded.exit_code, 0) << reloaded.error;
  EXPECT_NE((reloaded.output + reloaded.error).find("observe"), std::string::npos) << reloaded.output;
  EXPECT_FALSE(RawHttpClient(daemon.tcp_port()).is_open());
}

TEST(ObservingTest, RefusesABackendThatIsItself) {
  DaemonProcess daemon({.config = malti_config("http://localhost:@tcp@") + observe});
  daemon.launch();
  EXPECT_EQ(daemon.wait_for_end(), 2);
  EXPECT_NE(daemon.log().find("deliver.malti.url: leads to pannier itself (observe.address)"),
            std::string::npos)
      << daemon.log();
}

}  // namespace
}  // namespace pannier::end_to_end
