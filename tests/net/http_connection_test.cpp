// When a connection is used again, when not, and how one comes about.
#include "net/http_connection.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include "tests/net/client_fixture.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Endpoint = HttpConnection::Endpoint;

TEST(HttpConnectionTest, IsUsedAgainForTheNextRequest) {
  ScriptedServer server(always(std::string(ok)));
  ClientFixture at(server.port());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpConnectionTest, IsNotUsedAgainWhenTheServerHasClosedIt) {
  std::atomic<int> closed = 0;
  ScriptedServer server([&](Peer& peer) {
    peer.read_request();
    peer.send(ok);
    peer.interrupt();
    ++closed;
  });
  ClientFixture at(server.port());
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(status_of(at.post()), 200);
    EXPECT_TRUE(becomes_true([&] { return closed == i; }));
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpConnectionTest, IsNotUsedAgainWhenTheServerSentSomethingUnasked) {
  std::atomic<int> sent = 0;
  ScriptedServer server([&](Peer& peer) {
    peer.read_request();
    peer.send(ok);
    becomes_true([&] { return sent >= 1; });
    peer.send("HTTP/1.1 408 Too slow\r\nContent-Length: 0\r\n\r\n");
    ++sent;
    peer.wait_for_close();
  });
  ClientFixture at(server.port());
  EXPECT_EQ(status_of(at.post()), 200);
  sent = 1;
  EXPECT_TRUE(becomes_true([&] { return sent == 2; }));
  EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpConnectionTest, IsNotUsedAgainWhenTheAnswerWasLongerThanItSaid) {
  ScriptedServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 smuggled\r\n"));
  ClientFixture at(server.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(at.post().answer.value().body, "ok");
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpConnectionTest, IsNotUsedAgainWhenTheServerWantsItClosed) {
  ScriptedServer server(always("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
  ClientFixture at(server.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpConnectionTest, IsNotUsedAgainWhenItWasIdleTooLong) {
  ScriptedServer server(always(std::string(ok)));
  ClientFixture at(server.port());
  at.options.max_idle = 0ms;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpConnectionTest, ClosesByItselfWhenItWasIdleTooLong) {
  std::atomic<bool> is_closed = false;
  ScriptedServer server([&](Peer& peer) {
    peer.read_request();
    peer.send(ok);
    is_closed = peer.wait_for_close();
  });
  ClientFixture at(server.port());
  at.options.max_idle = 20ms;
  at.options.timeout = 300ms;
  EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_TRUE(becomes_true([&] { return at.io.run_for(5ms), is_closed.load(); }));
}

TEST(HttpConnectionTest, NamesTheAddressThatRefused) {
  ScriptedServer server(always(std::string(ok)));
  const Fd bound(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(bound.get(), reinterpret_cast<sockaddr*>(&address), size), 0);  // bound, not listening
  ::getsockname(bound.get(), reinterpret_cast<sockaddr*>(&address), &size);
  ClientFixture at(ntohs(address.sin_port));
  const auto outcome = at.post();
  EXPECT_EQ(outcome.failure,
            "connect to 127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + ": Connection refused");
  EXPECT_FALSE(outcome.handed_over);
}

TEST(HttpConnectionTest, SaysThatANameIsUnknown) {
  ClientFixture at(80);
  at.options.url.host = std::string(70, 'a');  // longer than a name may be: no name server is asked
  EXPECT_THAT(at.post().failure, StartsWith("look up aaa"));
}

TEST(HttpConnectionTest, LooksANameUp) {
  ScriptedServer server(always(std::string(ok)));
  ClientFixture at(server.port());
  at.options.url.host = "localhost";
  EXPECT_EQ(status_of(at.post()), 200);
}

// A listener whose queue is full: the kernel swallows every further call.
class SwallowingAddress {
 public:
  SwallowingAddress() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address_), size);
    ::listen(listener_.get(), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address_), &size);
    for (int i = 0; i < 8; ++i) {
      callers_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      ::connect(callers_.back().get(), reinterpret_cast<sockaddr*>(&address_), size);
    }
  }
  [[nodiscard]] Endpoint endpoint() const {
    return {boost::asio::ip::address_v4::loopback(), ntohs(address_.sin_port)};
  }

 private:
  Fd listener_;
  sockaddr_in address_{};
  std::vector<Fd> callers_;
};

HttpOutcome post_to(ClientFixture& at, std::vector<Endpoint> endpoints) {
  at.outcome.reset();
  const auto connection = std::make_shared<HttpConnection>(
      at.io, std::make_shared<const HttpClientOptions>(at.options), std::move(endpoints));
  connection->start({"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", {}, nullptr, [&](HttpOutcome result) {
                       at.take(std::move(result));
                     }});
  return at.wait();
}

TEST(HttpConnectionTest, TriesEachAddressOfAName) {
  ScriptedServer server(always(std::string(ok)));
  const SwallowingAddress swallowing;
  const Endpoint refusing(boost::asio::ip::make_address("127.0.0.2"), 1);
  const Endpoint good(boost::asio::ip::address_v4::loopback(), server.port());
  ClientFixture at(server.port());
  at.options.timeout = 2s;
  EXPECT_EQ(status_of(post_to(at, {refusing, good})), 200);
  EXPECT_EQ(status_of(post_to(at, {swallowing.endpoint(), refusing, good})), 200);
  EXPECT_EQ(post_to(at, {refusing, refusing}).failure, "connect to 127.0.0.2:1: Connection refused");
}

TEST(HttpConnectionTest, EndsWithinItsTimeWhenTheAddressSwallowsCalls) {
  const SwallowingAddress swallowing;
  ClientFixture at(swallowing.endpoint().port());
  at.options.timeout = 50ms;
  const auto outcome = at.post();
  EXPECT_THAT(outcome.failure, HasSubstr(": no answer within 50ms"));
  EXPECT_FALSE(outcome.handed_over);
}

TEST(HttpConnectionTest, EndsSoonWhenTheClientStopsWhileItConnects) {
  const SwallowingAddress swallowing;
  ClientFixture at(swallowing.endpoint().port());
  at.start();
  at.client().stop();
  EXPECT_EQ(at.times_done, 0) << "done was called from within stop()";
  EXPECT_EQ(at.wait().failure, "pannier is stopping");
}

}  // namespace
}  // namespace pannier::net::test
