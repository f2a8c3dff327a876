// The main promise: what applications hand over arrives, record by record, over every socket.

#include <csignal>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

Child sender(const std::string& kind, const std::string& target, std::uint64_t first, std::uint64_t count,
             const std::string& service) {
  return {
      {{PANNIER_TEST_SENDER, kind, target, std::to_string(first), std::to_string(count), service}, {}, {}},
      -1,
      -1,
      2};
}

std::set<std::string> of_range(const std::set<std::string>& contexts, std::uint64_t first,
                               std::uint64_t count) {
  return {contexts.lower_bound(mark(first)), contexts.lower_bound(mark(first + count))};
}

TEST(DeliveryTest, DeliversEveryRecordOfManyProcessesOverAllSockets) {
  const ScriptedBackend backend(two_services());
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  constexpr std::uint64_t each = 1500, reliable = 4 * each, unreliable = 2 * each;
  std::vector<Child> senders;
  senders.push_back(sender("stream", daemon.stream_path(), 0 * each, each, "orders"));
  senders.push_back(sender("stream", daemon.stream_path(), 1 * each, each, "users"));
  senders.push_back(sender("datagram", daemon.datagram_path(), 2 * each, each, "users"));
  senders.push_back(sender("datagram", daemon.datagram_path(), 3 * each, each, "orders"));
  senders.push_back(sender("udp", std::to_string(daemon.udp_port()), 4 * each, each, "orders"));
  senders.push_back(sender("udp", std::to_string(daemon.udp_port()), 5 * each, each, "users"));
  for (Child& child : senders) EXPECT_EQ(child.wait(patience), 0);

  wait_for_lines(daemon, reliable + unreliable);
  const JsonDocument status = settled(daemon);
  const std::set<std::string> arrived = backend.contexts();
  EXPECT_EQ(of_range(arrived, 0, reliable), marks(0, reliable));
  EXPECT_EQ(of_range(arrived, reliable, unreliable).size() + status.number("/listeners/udp/kernel_dropped"),
            unreliable);
  EXPECT_EQ(backend.stored_records(), arrived.size()) << "some arrived twice";
  EXPECT_EQ(status.number("/listeners/unix_stream/accepted"), 2 * each);
  EXPECT_EQ(status.number("/listeners/unix_datagram/accepted"), 2 * each);
  EXPECT_EQ(over_lanes(status, "delivered"), arrived.size());
  EXPECT_EQ(over_lanes(status, "maybe_twice"), 0U);
}

TEST(DeliveryTest, DeliversTheFirstRecordWithinTwoSecondsWithNothingButTheSdksVariables) {
  const ScriptedBackend backend;
  DaemonProcess daemon({.config = {},
                        .environment = {{"MALTI_URL", backend.url()},
                                        {"MALTI_API_KEY", "key-orders"},
                                        {"MALTI_SERVICE_NAME", "orders"},
                                        {"MALTI_NODE", "web-7"}}});
  ASSERT_TRUE(daemon.start());
  const auto start = std::chrono::steady_clock::now();
  UnixStreamClient client(daemon.stream_path());
  ASSERT_TRUE(client.send_line(numbered_line(1)));
  ASSERT_TRUE(backend.wait_for_records(1, patience));
  EXPECT_LT(backend.requests()[0].at - start, 2s);
  const MaltiRecord record = backend.records()[0];
  EXPECT_EQ(record.service, "orders");
  EXPECT_EQ(record.node, "web-7");
  settled(daemon);
}

TEST(DeliveryTest, KeepsEveryFieldThatMaltiKnows) {
  const ScriptedBackend backend(two_services());
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 1, 1,
               {{"service", "\"users\""},
                {"node", "\"web-1\""},
                {"method", "\"POST\""},
                {"endpoint", "\"/a/<int:id>/b\""},
                {"status", "\"503\""},
                {"response_time", "12.5"},
                {"consumer", "\"B\\u00fccher \\ud83d\\ude00\""},
                {"created_at", "\"2026-01-01T14:00:00.25+02:00\""}});
  ASSERT_TRUE(backend.wait_for_records(1, patience));
  const MaltiRecord record = backend.records()[0];
  EXPECT_EQ(record.service, "users");
  EXPECT_EQ(record.node, "web-1");
  EXPECT_EQ(record.method, "POST");
  EXPECT_EQ(record.endpoint, "/a/{id}/b");
  EXPECT_EQ(record.status, 503);
  EXPECT_EQ(record.response_time, 13);
  EXPECT_EQ(record.consumer, "B\u00fccher \U0001F600");
  EXPECT_EQ(record.context, mark(1));
  EXPECT_TRUE(record.created_at.starts_with("2026-01-01T12:00:00.25")) << record.created_at;
  settled(daemon);
}

TEST(DeliveryTest, AcknowledgesEveryLineAndSaysWhatBecameOfIt) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  UnixStreamClient client(daemon.stream_path());
  const auto welcome =
      client.hello(R"("service":"orders","node":"n","client":"test/1","ack":true)", patience);
  ASSERT_TRUE(welcome);
  EXPECT_FALSE(JsonDocument(*welcome).string("/welcome/version").empty()) << *welcome;
  EXPECT_TRUE(JsonDocument(*welcome).is_null("/welcome/session")) << *welcome;
  client.send_line(numbered_line(1));
  client.send_line("");
  client.send_line(numbered_line(2, {{"status", "99"}}));
  client.send_line(R"({"client_dropped":7})");
  client.send_line(numbered_line(3, {{"status", "0"}}));
  client.send_line(numbered_line(4));
  const auto ack = client.wait_for_ack(4, patience);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->lines, 4U);
  EXPECT_EQ(ack->rejected, 1U);
  EXPECT_EQ(ack->filtered, 1U);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number("/listeners/unix_stream/client_dropped"), 7U);
  EXPECT_EQ(status.number("/listeners/unix_stream/filtered/no_response"), 1U);
  EXPECT_EQ(backend.contexts(), (std::set<std::string>{mark(1), mark(4)}));
}

TEST(DeliveryTest, CountsWhatAClientSendsAgainAsMaybeTwice) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  UnixStreamClient client(daemon.stream_path());
  ASSERT_TRUE(client.hello(R"("ack":true,"again":2)", patience));
  for (std::uint64_t id = 1; id != 4; ++id) client.send_line(numbered_line(id));
  ASSERT_TRUE(client.wait_for_ack(3, patience));
  EXPECT_EQ(settled(daemon).number(std::string(orders) + "/maybe_twice"), 2U);
}

TEST(DeliveryTest, TakesSeveralLinesADatagramAndASyslogHeader) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  const auto udp = DatagramClient::to_udp(daemon.udp_port());
  ASSERT_TRUE(udp.send("<190>Oct 11 22:14:15 host nginx: " + numbered_line(1)));
  ASSERT_TRUE(
      DatagramClient::to_unix(daemon.datagram_path())
          .send(numbered_line(2) + "\n" + "<190>Oct  1 02:14:15 host tag: " + numbered_line(3) + "\n\n"));
  ASSERT_TRUE(backend.wait_for_records(3, patience));
  EXPECT_EQ(backend.contexts(), marks(1, 3));
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(over_listeners(status, "lines"), 3U);
  EXPECT_TRUE(status.is_null("/listeners/unix_datagram/kernel_dropped"));
}

TEST(DeliveryTest, CountsWhatTheKernelDroppedOverUdpSoThatNothingVanishes) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  constexpr std::uint64_t sent = 60'000;  // more than any receive buffer holds
  const auto udp = DatagramClient::to_udp(daemon.udp_port());
  daemon.signal(SIGSTOP);
  for (std::uint64_t id = 0; id != sent; ++id) ASSERT_TRUE(udp.send(numbered_line(id)));
  daemon.signal(SIGCONT);
  wait_for_lines(daemon, sent);
  const JsonDocument status = settled(daemon);
  const std::uint64_t dropped = status.number("/listeners/udp/kernel_dropped");
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(backend.distinct_records() + dropped, sent);
  EXPECT_EQ(backend.stored_records(), backend.distinct_records());
}

TEST(DeliveryTest, LeavesOutWhatCleanModeLeavesOutAndCountsIt) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 1, 5, {{"status", "404"}});
  send_records(daemon, 6, 5, {{"status", "401"}});
  send_records(daemon, 11, 5);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number("/destinations/malti/left_out/clean_mode"), 10U);
  EXPECT_EQ(backend.contexts(), marks(11, 5));
}

TEST(DeliveryTest, CutsALongTextAtACharacterAsMaltiWould) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  std::string umlauts, ampersands;
  for (int i = 0; i != 600; ++i) umlauts += "\u00fc", ampersands += "&";
  send_records(daemon, 1, 1, {{"consumer", "\"" + umlauts + "\""}, {"endpoint", "\"/" + ampersands + "\""}});
  ASSERT_TRUE(backend.wait_for_records(1, patience));
  const MaltiRecord record = backend.records()[0];
  EXPECT_EQ(record.consumer, umlauts.substr(0, 1000));     // 500 characters of two bytes
  EXPECT_EQ(record.endpoint, "/" + std::string(99, '&'));  // each is &amp; there: 1 + 99 * 5 = 496
  settled(daemon);
}

}  // namespace
}  // namespace pannier::end_to_end
