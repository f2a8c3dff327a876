// Observing over HTTP, as a scraper and a health check do it.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "tests/end_to_end/observed.h"

namespace pannier::end_to_end {
namespace {

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
  const JsonDocument stats(get_http(port, "/stats").body);
  EXPECT_EQ(stats.number("/current_size"), 3U);
  EXPECT_GT(stats.number("/max_size"), 100'000U) << "of some 150 bytes in 64 MiB";
  EXPECT_LT(stats.number("/max_size"), 1'000'000U);
  EXPECT_EQ(daemon.status_json().number("/malti/max_size"), stats.number("/max_size"));
  backend.start_again();
  EXPECT_TRUE(wait_until([&] { return get_http(port, "/delivering").status == 200; }, patience));
  settled(daemon);
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
