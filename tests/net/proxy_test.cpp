// Which proxy is meant, and what it is told.
#include "net/proxy.h"

#include <gmock/gmock.h>

#include <map>

#include "tests/net/tls_fixture.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Variables = std::map<std::string, std::string, std::less<>>;

Result<std::optional<EnvironmentProxy>> chosen(const Variables& variables, std::string_view url) {
  const auto get = [&](std::string_view name) -> std::string_view {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string_view() : found->second;
  };
  return environment_proxy(get, parse_url(url).value());
}

// "HTTPS_PROXY proxy:3128", or "none".
std::string choice(const Variables& variables, std::string_view url) {
  const auto proxy = chosen(variables, url);
  if (!proxy) return proxy.error().message;
  return *proxy ? (*proxy)->variable + " " + (*proxy)->proxy.authority() : "none";
}

TEST(ProxyTest, TheEnvironmentNamesOneForEachScheme) {
  const Variables both{{"HTTPS_PROXY", "http://s:3128"}, {"http_proxy", "http://p:8080"}};
  EXPECT_EQ(choice(both, "https://malti.example"), "HTTPS_PROXY s:3128");
  EXPECT_EQ(choice(both, "http://malti.example"), "http_proxy p:8080");
  EXPECT_EQ(choice({}, "https://malti.example"), "none");
  EXPECT_EQ(choice({{"HTTPS_PROXY", " "}}, "https://malti.example"), "none");
}

TEST(ProxyTest, LowerCaseGoesBeforeUpperCase) {
  EXPECT_EQ(choice({{"HTTPS_PROXY", "http://upper"}, {"https_proxy", "lower"}}, "https://malti.example"),
            "https_proxy lower:80");
  EXPECT_EQ(choice({{"HTTPS_PROXY", "p"}, {"NO_PROXY", "*"}, {"no_proxy", "other"}}, "https://malti.example"),
            "HTTPS_PROXY p:80");
}

TEST(ProxyTest, HttpProxyInUpperCaseIsARequestsHeaderAndNotOurs) {
  EXPECT_EQ(choice({{"HTTP_PROXY", "http://evil:3128"}}, "http://malti.example"), "none");
}

TEST(ProxyTest, NoProxyGoesBeforeIt) {
  const Variables some{{"HTTPS_PROXY", "p"}, {"NO_PROXY", "inner.example"}};
  EXPECT_EQ(choice(some, "https://malti.inner.example"), "none");
  EXPECT_EQ(choice(some, "https://malti.example"), "HTTPS_PROXY p:80");
}

TEST(ProxyTest, ThisHostIsReachedWithoutTheEnvironmentsProxy) {
  const Variables both{{"HTTPS_PROXY", "p"}, {"http_proxy", "p"}};
  for (const auto* url :
       {"http://localhost:8000", "https://127.0.0.1", "http://[::1]:8000", "https://a.localhost"})
    EXPECT_EQ(choice(both, url), "none") << url;
}

TEST(ProxyTest, UserAndPasswordMayStandInTheEnvironment) {
  const auto proxy =
      chosen({{"HTTPS_PROXY", "http://us%40er:p%3ass@word@proxy:3128/"}}, "https://malti.example");
  ASSERT_TRUE(proxy && *proxy);
  EXPECT_EQ((*proxy)->proxy.auth.reveal(), "us@er:p:ss@word");
  EXPECT_EQ((*proxy)->proxy.authority(), "proxy:3128");
}

TEST(ProxyTest, WhatIsNoProxyIsAnErrorThatNamesTheVariableAndShowsNoPassword) {
  for (const auto* text : {"https://proxy:3128", "socks5://me:hunter2@proxy", "http://me:hunter2@pro xy",
                           "me:hunter2@proxy:99999", "http://hunter2@proxy", "http://me:%0d%0ahunter2@p",
                           "http://me:hunter2%4@p", "http://me:hunter2@p/path", "me:hunter2@"}) {
    const std::string message = choice({{"HTTPS_PROXY", text}}, "https://malti.example");
    EXPECT_THAT(message, StartsWith("HTTPS_PROXY: ")) << text;
    EXPECT_THAT(message, HasSubstr("http://")) << text;
    EXPECT_THAT(message, Not(HasSubstr("hunter2"))) << text;
  }
}

TEST(ProxyTest, ASettingMayNotHoldUserAndPassword) {
  EXPECT_TRUE(parse_proxy("http://proxy:3128", false));
  const auto refused = parse_proxy("http://me:hunter2@proxy", false);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("auth"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("hunter2")));
}

TEST(ProxyTest, AuthorizationIsBase64) {
  EXPECT_EQ(proxy_authorization(Secret("Aladdin:open sesame")), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(proxy_authorization(Secret("a:bc")), "Basic YTpiYw==");
  EXPECT_EQ(proxy_authorization(Secret("a:b")), "Basic YTpi");
}

Proxy proxy_at(std::uint16_t port, const std::string& auth = {}) {
  return {"127.0.0.1", port, Secret(auth)};
}

TEST(ProxyTest, IsToldTheWholeUrlOfAPlainRequest) {
  std::string seen;
  ScriptedServer server([&](Peer& peer) {
    seen = peer.read_request();
    peer.send(ok);
  });
  ClientFixture at(80);
  at.options.url = {"http", "malti.example", 8000, "/base"};
  at.options.proxy = proxy_at(server.port(), "me:pass");
  EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_THAT(
      seen,
      StartsWith("POST http://malti.example:8000/base/ingest HTTP/1.1\r\nHost: malti.example:8000\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n"));
}

TEST(ProxyTest, OpensATunnelForTlsAndSeesNothingElse) {
  const TlsServerSide side;
  std::string asked, inside;
  ScriptedServer server([&](Peer& peer) {
    asked = peer.read_head();
    peer.send(
        "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n");  // which means nothing here
    if (!peer.accept_tls(side.get())) return;
    while (!(inside = peer.read_request()).empty() && peer.send(ok)) {
    }
  });
  ClientFixture at(80);
  at.options.url = {"https", "localhost", 8443, "/base"};
  at.options.tls = context_of(trusting_the_ca(), "localhost");
  at.options.proxy = proxy_at(server.port(), "me:pass");
  const auto outcome = at.post();
  EXPECT_EQ(status_of(outcome), 200) << outcome.failure;
  EXPECT_EQ(asked,
            "CONNECT localhost:8443 HTTP/1.1\r\nHost: localhost:8443\r\nUser-Agent: pannier/" PANNIER_VERSION
            "\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n\r\n");
  EXPECT_THAT(inside, StartsWith("POST /base/ingest HTTP/1.1\r\nHost: localhost:8443\r\n"));
  EXPECT_THAT(inside, Not(HasSubstr("Proxy-Authorization")));
  EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_EQ(server.connections(), 1) << "a tunnel is kept";
}

}  // namespace
}  // namespace pannier::net::test
