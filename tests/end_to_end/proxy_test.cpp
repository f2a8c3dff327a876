// The way through a proxy: a real tinyproxy that wants a password, and scripted ones that misbehave.
#include "tests/doubles/scripted_proxy.h"
#include "tests/end_to_end/tls_setup.h"

namespace pannier::end_to_end {
namespace {

std::string proxy_members(std::uint16_t port, const std::string& more = "") {
  return "proxy: { url: \"http://127.0.0.1:" + std::to_string(port) + "\"" + more + " }";
}

TEST(ProxyTest, RecordsArriveThroughATinyproxyOverTls) {
  TlsMalti malti;
  const Tinyproxy proxy("ann", "hunter2", malti.port("good"));
  DaemonProcess daemon(
      malti.options(malti.url("good"), proxy_members(proxy.port(), ", auth: \"ann:hunter2\"")));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 2000);
  expect_cured(daemon, malti.backend(), 2000);
  EXPECT_NE(proxy.log().find("CONNECT 127.0.0.1:" + std::to_string(malti.port("good"))), std::string::npos)
      << proxy.log();
}

TEST(ProxyTest, RecordsArriveThroughATinyproxyOverPlainHttp) {
  ScriptedBackend backend(two_services());
  const Tinyproxy proxy("ann", "hunter2", 443);
  DaemonOptions options = malti_options(backend);
  options.config += "    " + proxy_members(proxy.port(), ", auth: \"ann:hunter2\"") + "\n";
  DaemonProcess daemon(options);
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 2000);
  // It closes connections without having said so: what was sent meanwhile is in doubt.
  expect_arrived(daemon, backend, 2000);
  EXPECT_NE(proxy.log().find("POST " + backend.url()), std::string::npos) << proxy.log();
}

class WrongPassword : public testing::TestWithParam<const char*> {};

TEST_P(WrongPassword, OfAProxyIsReadAgainFromItsFile) {
  TlsMalti malti;
  const bool over_tls = std::string(GetParam()) == "Tls";
  const Tinyproxy proxy("ann", "hunter2", malti.port("good"));
  DaemonProcess daemon(malti.options(over_tls ? malti.url("good") : malti.backend().url(),
                                     proxy_members(proxy.port(), ", auth: { file: \"@folder@/auth\" }")));
  write_file(daemon.folder() / "auth", "ann:hunter1\n");
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 500);
  expect_trouble(daemon, "no answer (the proxy 127.0.0.1:" + std::to_string(proxy.port()) +
                             " refuses our user and password (401))");
  write_file(daemon.folder() / "auth", "ann:hunter2\n");
  expect_cured(daemon, malti.backend(), 500);
  for (const char* secret : {"hunter1", "hunter2", "YW5uOm"})
    EXPECT_EQ((daemon.log() + daemon.status_json().text()).find(secret), std::string::npos) << secret;
}

INSTANTIATE_TEST_SUITE_P(Both, WrongPassword, testing::Values("Tls", "Plain"),
                         [](const auto& way) { return std::string(way.param); });

TEST(ProxyTest, WithoutUserAndPasswordItSaysWhereTheyGo) {
  TlsMalti malti;
  const Tinyproxy proxy("ann", "hunter2", malti.port("good"));
  DaemonProcess daemon(malti.options(malti.url("good"), proxy_members(proxy.port())));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  expect_trouble(daemon, "no answer (the proxy 127.0.0.1:" + std::to_string(proxy.port()) +
                             " wants user and password (407); give them in proxy.auth)");
  daemon.write_config(
      malti.config(malti.url("good"), proxy_members(proxy.port(), ", auth: \"ann:hunter2\"")));
  EXPECT_EQ(daemon.reload().exit_code, 0);
  expect_cured(daemon, malti.backend(), 100);
}

TEST(ProxyTest, ATunnelThatTinyproxyForbidsIsNamed) {
  TlsMalti malti;
  const Tinyproxy proxy("ann", "hunter2", 443);  // not the port of our Malti
  DaemonProcess daemon(
      malti.options(malti.url("good"), proxy_members(proxy.port(), ", auth: \"ann:hunter2\"")));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  expect_trouble(daemon, "no answer (the proxy 127.0.0.1:" + std::to_string(proxy.port()) +
                             ": it refuses a tunnel to 127.0.0.1:" + std::to_string(malti.port("good")) +
                             " (403))");
  daemon.write_config(malti.config(malti.url("good"), "proxy: none"));
  EXPECT_EQ(daemon.reload().exit_code, 0);
  expect_cured(daemon, malti.backend(), 100);
}

TEST(ProxyTest, EachMisbehaviourHasItsLineAndEndsWithIt) {
  using Manner = ScriptedProxy::Manner;
  TlsMalti malti;
  ScriptedProxy proxy(malti.port("good"));
  proxy.behave(Manner::refuse);
  DaemonProcess daemon(malti.options(malti.url("good"), proxy_members(proxy.port())));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 1000);
  const std::string begin = "no answer (the proxy 127.0.0.1:" + std::to_string(proxy.port()) + ": ";
  for (const auto& [manner, why] :
       {std::pair(Manner::refuse, "it refuses a tunnel to 127.0.0.1:"),
        std::pair(Manner::hang, "no answer within 2s)"),
        std::pair(Manner::page, "it answers CONNECT with a page instead of a tunnel)"),
        std::pair(Manner::endless_headers, "the answer's head is over 16 KiB)"),
        std::pair(Manner::close, "the connection was closed)")}) {
    proxy.behave(manner);
    wait_for_state(daemon, orders, "backing_off", begin + why);
    expect_balanced(daemon);
  }
  EXPECT_LT(proxy.bytes_written(), 64U << 20U) << "we read on and on";
  proxy.behave(Manner::tunnel);
  expect_cured(daemon, malti.backend(), 1000);
}

TEST(ProxyTest, AProxyThatIsNotThereIsNamedAsTheProxy) {
  TlsMalti malti;
  const std::uint16_t nobody = free_tcp_port();
  DaemonProcess daemon(malti.options(malti.url("good"), proxy_members(nobody)));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  expect_trouble(daemon, "no answer (connect to 127.0.0.1:" + std::to_string(nobody) +
                             " (the proxy): Connection refused)");
  daemon.write_config(malti.config(malti.url("good"), "proxy: none"));
  EXPECT_EQ(daemon.reload().exit_code, 0);
  expect_cured(daemon, malti.backend(), 100);
}

TEST(ProxyTest, TheEnvironmentsProxyIsUsedForWhatNoProxyDoesNotName) {
  TlsMalti malti;
  ScriptedProxy proxy(malti.port("good"));
  const std::string address = "127.0.0.1:" + std::to_string(proxy.port());
  DaemonProcess daemon(
      malti.options("https://malti.test", "",
                    {{"HTTPS_PROXY", "http://ann:hunter%322@" + address}, {"no_proxy", "x.test"}}));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  expect_cured(daemon, malti.backend(), 100);
  ASSERT_FALSE(proxy.heads().empty());
  EXPECT_TRUE(proxy.heads().front().starts_with("CONNECT malti.test:443 HTTP/1.1\r\n"));
  EXPECT_NE(proxy.heads().front().find("Proxy-Authorization: Basic YW5uOmh1bnRlcjIy\r\n"), std::string::npos);
  // A loopback address never goes through it.
  const std::size_t before = proxy.heads().size();
  daemon.write_config(malti.config(malti.url("good")));
  EXPECT_EQ(daemon.reload().exit_code, 0);
  send_records(daemon, 100, 100);
  expect_cured(daemon, malti.backend(), 200);
  EXPECT_EQ(proxy.heads().size(), before);
}

}  // namespace
}  // namespace pannier::end_to_end
