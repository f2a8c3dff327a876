// The shim's connections: full sockets, lines in pieces, peers that stop, die or never accept.
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <thread>

#include "tests/client/cpp/peer.h"

namespace pannier::client_test {
namespace {

bool report_large(Client& client, std::size_t bytes = 60'000) {
  const std::string text(bytes, 'x');
  Record reported = usual_record();
  reported.context = text;
  return client.report(reported);
}

// Reports until the socket takes nothing more and the buffer is full.
template <typename Report>
void fill(Client& client, Report report) {
  do {
    while (report(client)) {
    }
  } while (client.flush(5ms) || report(client));
}
bool report_usual(Client& client) {
  return client.report(usual_record());
}

void expect_whole(const std::vector<std::string>& records) {
  for (const std::string& line : records) EXPECT_TRUE(line.front() == '{' && line.back() == '}');
}

// A connection on which the peer has read something, so that records are sent.
Connection established(const Listener& listener, Client& client) {
  client.report(usual_record());
  Connection connection = listener.accept();
  EXPECT_TRUE(wait_until([&] { return connection.read() || client.counters().sent == 1; }, patience));
  return connection;
}

// Reads until the client has closed; meanwhile it is closed.
Counters close_and_read(Client& client, Connection& connection) {
  Counters last;
  std::thread closer([&] { last = client.close(patience); });
  EXPECT_TRUE(connection.read_to_end());
  closer.join();
  return last;
}

TEST(CppShimConnectionTest, APeerThatReadsNothingHoldsUpNobody) {
  const Place place;
  const Listener listener(place.path);
  Client client(place.options);
  Connection connection = established(listener, client);
  fill(client, report_usual);
  expect_rest_is_counted(client);
  EXPECT_TRUE(is_balanced(client.counters()));
  const Counters last = close_and_read(client, connection);
  EXPECT_EQ(connection.records().size(), last.sent);
  EXPECT_EQ(connection.drops_told(), last.all_dropped());
  EXPECT_EQ(last.told, last.all_dropped());
  expect_whole(connection.records());
}

TEST(CppShimConnectionTest, ALineThatWasTakenInPartIsFinishedFirst) {
  const Place place;
  const Listener listener(place.path);
  Client client(place.options);
  Connection connection = established(listener, client);
  fill(client, [](Client& to) { return report_large(to); });
  const Counters last = close_and_read(client, connection);
  EXPECT_GT(last.sent, 5U);
  EXPECT_EQ(connection.records().size(), last.sent);
  expect_whole(connection.records());
}

TEST(CppShimConnectionTest, ATornLineCountsOnceWhereThePeerStops) {
  const Place place;
  Listener listener(place.path);
  Client client(place.options);
  Connection first = established(listener, client);
  fill(client, [](Client& to) { return report_large(to); });
  listener.close();
  const Listener again(place.path);
  first.read_out();
  EXPECT_NE(first.text().back(), '\n') << "this test needs a line that was taken in part";
  first.close();
  Connection second = again.accept();
  const Counters last = close_and_read(client, second);
  EXPECT_EQ(first.records().size() + second.records().size(), last.sent);
  EXPECT_EQ(last.unsure, 0U);
  expect_whole(second.records());
}

TEST(CppShimConnectionTest, WhatAStoppingPeerHasReadIsNotSentAgainAndTheRestIs) {
  const Place place;
  Listener listener(place.path);
  Client client(place.options);
  Connection first = established(listener, client);
  fill(client, report_usual);
  listener.close();
  const Listener again(place.path);
  first.read_out();
  first.close();
  Connection second = again.accept();
  const Counters last = close_and_read(client, second);
  EXPECT_EQ(first.records().size() + second.records().size(), last.sent);
  EXPECT_EQ(first.drops_told() + second.drops_told(), last.all_dropped());
  EXPECT_EQ(last.unsure, 0U);
  EXPECT_EQ(last.connections, 2U);
}

TEST(CppShimConnectionTest, WhatAPeerLeavesUnreadThatDiesWhileItStopsIsUnsure) {
  const Place place;
  const Listener listener(place.path);
  Client client(place.options);
  Connection connection = established(listener, client);
  EXPECT_TRUE(wait_until([&] { return connection.read() || connection.records().size() == 1; }, patience));
  for (int i = 0; i != 100; ++i) client.report(usual_record());
  EXPECT_TRUE(client.flush(patience));
  connection.refuse_more();
  client.report(usual_record());
  EXPECT_FALSE(client.flush(20ms)) << "it may still be reading";
  connection.close();
  EXPECT_TRUE(wait_until([&] { return client.counters().unsure == 100; }, patience));
  EXPECT_EQ(client.counters().sent, 101U);
}

TEST(CppShimConnectionTest, NothingIsLostInABacklogThatNobodyAccepts) {
  const Place place;
  Client client(place.options);
  for (int i = 0; i != 10; ++i) client.report(usual_record());
  for (int round = 0; round != 5; ++round) {
    const Listener deaf(place.path);
    EXPECT_TRUE(deaf.has_caller());
    client.flush(5ms);
    EXPECT_EQ(client.counters().sent, 0U);
  }
  const Listener listener(place.path);
  Connection connection = listener.accept();
  const Counters last = close_and_read(client, connection);
  EXPECT_EQ(connection.records().size(), 10U);
  EXPECT_EQ(last.sent, 10U);
  EXPECT_EQ(last.connections, 1U);
}

TEST(CppShimConnectionTest, AFullBacklogIsTriedAgain) {
  const Place place;
  const Listener listener(place.path, 0);
  Client one(place.options), two(place.options);
  one.report(usual_record());
  EXPECT_TRUE(listener.has_caller());
  two.report(usual_record());
  EXPECT_FALSE(two.flush(20ms));
  EXPECT_EQ(two.counters().connections, 0U);
  Connection first = listener.accept(), second = listener.accept();
  EXPECT_TRUE(wait_until(
      [&] { return first.read() || second.read() || one.counters().sent + two.counters().sent == 2; },
      patience));
}

TEST(CppShimConnectionTest, WhatLayInTheSocketOfAPeerThatDiedIsUnsure) {
  const Place place;
  const Listener listener(place.path);
  Client client(place.options);
  Connection connection = established(listener, client);
  EXPECT_TRUE(wait_until([&] { return connection.read() || connection.records().size() == 1; }, patience));
  for (int i = 0; i != 100; ++i) client.report(usual_record());
  EXPECT_TRUE(client.flush(patience));
  connection.close();
  EXPECT_TRUE(wait_until([&] { return client.counters().unsure != 0; }, patience));
  EXPECT_EQ(client.counters().unsure, 100U);
  EXPECT_EQ(client.counters().sent, 101U);
}

TEST(CppShimConnectionTest, APeerThatEndsHavingReadAllLeavesNothingUnsure) {
  const Place place;
  const Listener listener(place.path);
  Client client(place.options);
  for (int round = 0; round != 5; ++round) {
    client.report(usual_record());
    Connection connection = listener.accept();
    EXPECT_TRUE(wait_until([&] { return connection.read() || connection.records().size() == 1; }, patience));
  }
  EXPECT_EQ(client.counters().sent, 5U);
  EXPECT_EQ(client.counters().unsure, 0U);
  EXPECT_EQ(client.counters().connections, 5U);
}

TEST(CppShimConnectionTest, APeerThatClosesEveryConnectionAtOnceIsAskedLessAndLess) {
  Place place;
  place.options.retry = 20ms;
  place.options.retry_cap = 10s;
  const Listener listener(place.path);
  Client client(place.options);
  client.report(usual_record());
  int calls = 0;  // 20, 40, 80, 160, 320 ms and so on, or halves of them
  while (listener.has_caller(500ms)) {
    listener.accept().close();
    ASSERT_LT(++calls, 12) << "it calls and calls";
  }
  EXPECT_EQ(client.counters().waiting, 1U);
}

TEST(CppShimConnectionTest, WhatAPeerWritesIsOfNoConsequence) {
  const Place place;
  Listener listener(place.path);
  Client client(place.options);
  const Descriptor peer([&] {
    client.report(usual_record());
    EXPECT_TRUE(listener.has_caller());
    return checked(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept");
  }());
  const std::string noise(1000, 'n');
  while (::send(peer.get(), noise.data(), noise.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
  const auto has_read = [&] {
    char bytes[4096];
    return ::recv(peer.get(), bytes, sizeof bytes, 0) > 0 && client.counters().sent == 1;
  };
  EXPECT_TRUE(wait_until(has_read, patience) || client.counters().sent == 1);
  EXPECT_TRUE(client.flush(patience));
}

// ---- UDP

struct UdpPlace : Place {
  UdpPlace() : socket(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(socket);
    url = "udp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    options.url = url;
  }
  void bind(const Descriptor& fd) {
    checked(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    socklen_t size = sizeof address;
    checked(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  }
  // The next datagram.
  [[nodiscard]] std::string receive() const {
    pollfd look{socket.get(), POLLIN, 0};
    if (::poll(&look, 1, static_cast<int>(patience.count())) != 1) return {};
    std::string text(1 << 16, '\0');
    text.resize(static_cast<std::size_t>(
        checked(static_cast<int>(::recv(socket.get(), text.data(), text.size(), 0)), "recv")));
    return text;
  }
  sockaddr_in address{};
  Descriptor socket;
};

TEST(CppShimUdpTest, SendsWholeLinesInDatagramsOfABoundedSize) {
  UdpPlace place;
  place.options.linger = 10s;
  Client client(place.options);
  for (int i = 0; i != 200; ++i) client.report(usual_record());
  report_large(client, 20'000);
  std::size_t lines = 0, datagrams = 0;
  client.flush(patience);
  for (; lines != 201; ++datagrams) {
    const std::string datagram = place.receive();
    ASSERT_FALSE(datagram.empty());
    EXPECT_EQ(datagram.back(), '\n');
    const auto in_it = static_cast<std::size_t>(std::count(datagram.begin(), datagram.end(), '\n'));
    EXPECT_TRUE(datagram.size() <= 8 * 1024 || in_it == 1);
    lines += in_it;
  }
  EXPECT_GT(datagrams, 2U);
  EXPECT_LT(datagrams, 20U);
}

TEST(CppShimUdpTest, KeepsWhatNobodyTookUntilSomebodyListens) {
  UdpPlace place;
  place.socket.close();
  Client client(place.options);
  for (int i = 0; i != 10; ++i) client.report(usual_record());
  EXPECT_FALSE(client.flush(50ms));
  EXPECT_EQ(client.counters().sent, 0U);
  EXPECT_EQ(client.counters().waiting, 10U);
  place.socket = Descriptor(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  place.bind(place.socket);
  const std::string datagram = place.receive();
  EXPECT_EQ(std::count(datagram.begin(), datagram.end(), '\n'), 10);
}

}  // namespace
}  // namespace pannier::client_test
