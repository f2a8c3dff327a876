// What a proxy may do to us on the way to a backend; each of it is bounded and named.
#include <gmock/gmock.h>

#include "tests/net/tls_fixture.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;

struct ThroughProxy : ClientFixture {
  explicit ThroughProxy(std::uint16_t port, const std::string& scheme = "https") : ClientFixture(port) {
    options.url = {scheme, "localhost", 8443, ""};
    options.tls = context_of(trusting_the_ca(), "localhost");
    options.proxy = Proxy{"127.0.0.1", port, {}};
  }
};

// Without the proxy's name, of which every failure tells.
std::string failure_of(ScriptedServer::Script script, std::chrono::milliseconds timeout = 5s,
                       const std::string& scheme = "https") {
  ScriptedServer server(std::move(script));
  ThroughProxy at(server.port(), scheme);
  at.options.timeout = timeout;
  const auto outcome = at.post();
  EXPECT_FALSE(outcome.answer);
  EXPECT_FALSE(outcome.handed_over);
  const std::string name = "the proxy 127.0.0.1:" + std::to_string(server.port());
  EXPECT_THAT(outcome.failure, HasSubstr(name));
  return outcome.failure.substr(std::min(outcome.failure.size(), name.size()));
}

ScriptedServer::Script answering(std::string answer) {
  return [answer = std::move(answer)](Peer& peer) {
    peer.read_head();
    peer.send(answer);
    peer.wait_for_close();
  };
}

TEST(HostileProxyTest, RefusingATunnelIsNamedWithItsStatus) {
  EXPECT_EQ(failure_of(answering("HTTP/1.1 403 Filtered\r\nContent-Length: 2\r\n\r\nno")),
            ": it refuses a tunnel to localhost:8443 (403)");
  EXPECT_EQ(failure_of(answering("HTTP/1.1 302 Go\r\nLocation: http://login.example/\r\n\r\n")),
            ": it refuses a tunnel to localhost:8443 (302)");
}

TEST(HostileProxyTest, WantingUserAndPasswordIsNamed) {
  const std::string answer = "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
  for (const std::string scheme : {"https", "http"})
    EXPECT_EQ(failure_of(answering(answer), 5s, scheme),
              " wants user and password (407); give them in proxy.auth");
}

TEST(HostileProxyTest, APageThatRefusesAPlainRequestIsItsOwn) {
  const auto refusing = [](const std::string& status) {
    return answering("HTTP/1.1 " + status + "\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n");
  };
  EXPECT_EQ(failure_of(refusing("403 Filtered"), 5s, "http"), ", or one behind it, shows a page (403)");
  EXPECT_EQ(failure_of(refusing("401 Unauthorized"), 5s, "http"),
            " wants user and password (401); give them in proxy.auth");
  EXPECT_EQ(failure_of(refusing("401 Unauthorized")),
            " wants user and password (401); give them in proxy.auth");
}

TEST(HostileProxyTest, ARefusalOfTheBackendsGoesThroughAPlainProxy) {
  ScriptedServer server(
      answering("HTTP/1.1 401 No\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"));
  ThroughProxy at(server.port(), "http");
  EXPECT_EQ(status_of(at.post()), 401);
}

TEST(HostileProxyTest, RefusingUserAndPasswordMakesThemReadAnew) {
  ScriptedServer server([](Peer& peer) {
    const bool is_right = peer.read_request().find("Basic bWU6bmV3") != std::string::npos;  // me:new
    peer.send(is_right ? ok : "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  });
  ThroughProxy at(server.port(), "http");
  at.options.proxy->auth = Secret("me:old");
  int readings = 0;
  at.options.read_proxy_auth = [&]() -> Result<Secret> {
    ++readings;
    return Secret("me:new");
  };
  at.options.run_blocking = [](const std::function<void()>& work) { std::thread(work).join(); };
  const auto refused = at.post();
  EXPECT_THAT(refused.failure, HasSubstr("refuses our user and password (407)"));
  EXPECT_FALSE(refused.handed_over);
  at.io.run_for(10ms);
  EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_EQ(readings, 1);
}

TEST(HostileProxyTest, RefusingAtAllIsNamedAsTheProxys) {
  ScriptedServer server(always(std::string(ok)));
  ThroughProxy at(1);
  const auto outcome = at.post();
  EXPECT_EQ(outcome.failure, "connect to 127.0.0.1:1 (the proxy): Connection refused");
  at.forget_client();
  at.options.proxy->host = std::string(70, 'a');
  EXPECT_THAT(at.post().failure, HasSubstr(" (the proxy): Host not found"));
}

TEST(HostileProxyTest, HangingEndsAtTheDeadline) {
  EXPECT_EQ(failure_of([](Peer& peer) { peer.wait_for_close(); }, 50ms), ": no answer within 50ms");
}

TEST(HostileProxyTest, ClosingIsNamed) {
  EXPECT_EQ(failure_of([](Peer& peer) { peer.read_head(); }), ": the connection was closed");
}

TEST(HostileProxyTest, APageInsteadOfATunnelIsNamed) {
  EXPECT_EQ(failure_of(answering("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>log in</html>")),
            ": it answers CONNECT with a page instead of a tunnel");
}

TEST(HostileProxyTest, APageThatComesLateIsNamed) {
  EXPECT_EQ(failure_of([](Peer& peer) {
              peer.read_head();
              peer.send("HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n");
              peer.wait_for_bytes();  // the client begins its handshake
              peer.send("<html>log in</html>");
              peer.wait_for_close();
            }),
            ": what it answers CONNECT with is no tunnel: no TLS comes out of it");
}

TEST(HostileProxyTest, EndlessHeadersAreNoTunnel) {
  EXPECT_EQ(failure_of([](Peer& peer) {
              peer.read_head();
              peer.send("HTTP/1.1 200 OK\r\n");
              while (peer.send("X-More: yes\r\n")) {
              }
            }),
            ": the answer's head is over 16 KiB");
}

TEST(HostileProxyTest, GarbageIsNoTunnel) {
  EXPECT_EQ(failure_of(answering("SSH-2.0-OpenSSH_9.2\r\n\r\n")), ": the answer is not HTTP");
}

}  // namespace
}  // namespace pannier::net::test
