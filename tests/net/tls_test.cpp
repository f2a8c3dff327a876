// TLS with a real server's side: whom we trust, what we say when we do not, and what a request's fate is.
#include <gmock/gmock.h>

#include <numeric>

#include "tests/net/tls_fixture.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string failure_with(const TlsServerSide& side, const TlsFiles& files = trusting_the_ca()) {
  ScriptedServer server(side.always(std::string(ok)));
  TlsClientFixture at(server.port(), files);
  const auto outcome = at.post();
  EXPECT_FALSE(outcome.answer);
  EXPECT_FALSE(outcome.handed_over) << "nobody could read it";
  const std::string prefix = "TLS with 127.0.0.1:" + std::to_string(server.port()) + ": ";
  EXPECT_THAT(outcome.failure, StartsWith(prefix));
  return outcome.failure.substr(std::min(prefix.size(), outcome.failure.size()));
}

TEST(TlsTest, DeliversToAServerWhoseCertificateIsRight) {
  const TlsServerSide side;
  ScriptedServer server(side.always(std::string(ok)));
  TlsClientFixture at(server.port());
  for (int i = 0; i < 3; ++i) {
    const auto outcome = at.post();
    EXPECT_EQ(status_of(outcome), 200) << outcome.failure;
    EXPECT_EQ(outcome.answer.value_or(HttpAnswer{}).body, "ok");
    EXPECT_TRUE(outcome.handed_over);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(TlsTest, SpeaksTls12) {
  TlsServerSide side;
  ScriptedServer server(side.only(TLS1_2_VERSION).always(std::string(ok)));
  TlsClientFixture at(server.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_EQ(server.connections(), 1);
}

TEST(TlsTest, SpeaksNothingOlder) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsServerSide side;
    EXPECT_THAT(failure_with(side.only(version)), StartsWith("it speaks no TLS 1.2 or newer"));
  }
}

TEST(TlsTest, SendsALongBodyWhole) {
  const TlsServerSide side;
  std::string seen;
  ScriptedServer server([&](Peer& peer) {
    if (!peer.accept_tls(side.get())) return;
    seen = peer.read_request();
    peer.send(ok);
  });
  std::vector<std::string> slices;
  for (int i = 0; i < 100; ++i) slices.emplace_back(50'001 * (i % 3), static_cast<char>('a' + i % 26));
  TlsClientFixture at(server.port());
  at.client().post("/", {}, {slices.begin(), slices.end()}, nullptr,
                   [&](HttpOutcome result) { at.take(std::move(result)); });
  EXPECT_EQ(status_of(at.wait()), 200);
  EXPECT_TRUE(seen.ends_with(std::accumulate(slices.begin(), slices.end(), std::string())));
}

TEST(TlsTest, NamesTheServerItWantsUnlessThatIsAnAddress) {
  const TlsServerSide side;
  std::string asked_for;
  ScriptedServer server([&](Peer& peer) {
    if (!peer.accept_tls(side.get())) return;
    asked_for = peer.server_name();
    if (!peer.read_request().empty()) peer.send(ok);
  });
  TlsClientFixture at(server.port());
  EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_EQ(asked_for, "");
  TlsClientFixture by_name(server.port());
  by_name.call_it("localhost");
  EXPECT_EQ(status_of(by_name.post()), 200);
  EXPECT_EQ(asked_for, "localhost");
}

TEST(TlsTest, ComesBackWithItsTicket) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServerSide side;
    side.only(version);
    std::atomic<int> resumed = 0;
    ScriptedServer server([&](Peer& peer) {
      if (!peer.accept_tls(side.get())) return;
      if (peer.resumed()) ++resumed;
      if (!peer.read_request().empty())
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
    TlsClientFixture at(server.port());
    for (int i = 0; i < 4; ++i) EXPECT_EQ(status_of(at.post()), 200);
    EXPECT_EQ(server.connections(), 4);
    EXPECT_EQ(resumed, 3) << version;
  }
}

TEST(TlsTest, RefusesACertificateForAnotherName) {
  EXPECT_EQ(failure_with(TlsServerSide("elsewhere")),
            "its certificate is for another name: other.example, *.more.example, 192.0.2.1");
}

TEST(TlsTest, RefusesAnotherNameAlsoWhereItIsNoAddress) {
  const TlsServerSide side("elsewhere");
  ScriptedServer server(side.always(std::string(ok)));
  TlsClientFixture at(server.port());
  at.call_it("localhost");
  EXPECT_THAT(at.post().failure, HasSubstr("another name: other.example"));
}

TEST(TlsTest, RefusesAnExpiredCertificate) {
  EXPECT_EQ(failure_with(TlsServerSide("expired")), "its certificate expired on 2020-01-02");
}

TEST(TlsTest, RefusesACertificateThatIsNotYetValid) {
  EXPECT_EQ(failure_with(TlsServerSide("early")),
            "its certificate is valid from 2098-01-01 only; is this host's clock right?");
}

TEST(TlsTest, RefusesACaThatItDoesNotKnow) {
  TlsFiles files;  // the system's roots
  EXPECT_EQ(failure_with(TlsServerSide(), files),
            "its certificate is signed by an unknown CA (Test CA); name that CA's certificate in tls.ca");
}

TEST(TlsTest, RefusesASelfSignedCertificate) {
  EXPECT_EQ(failure_with(TlsServerSide("selfmade")),
            "its certificate is self-signed; if it is yours, name it in tls.ca");
}

TEST(TlsTest, TrustsASelfSignedCertificateThatIsNamedAsCa) {
  TlsFiles files;
  files.ca = pem(certificates().certificate("selfmade"));
  const TlsServerSide side("selfmade");
  ScriptedServer server(side.always(std::string(ok)));
  EXPECT_EQ(status_of(TlsClientFixture(server.port(), files).post()), 200);
}

TEST(TlsTest, TrustsAnybodyWhereNothingIsVerified) {
  TlsFiles files;
  files.verify = false;
  for (const std::string name : {"expired", "elsewhere", "selfmade"}) {
    const TlsServerSide side(name);
    ScriptedServer server(side.always(std::string(ok)));
    EXPECT_EQ(status_of(TlsClientFixture(server.port(), files).post()), 200) << name;
  }
}

TEST(TlsTest, SaysThatTheServerWantsACertificate) {
  TlsServerSide side;
  EXPECT_EQ(failure_with(side.demands_certificate()),
            "it wants a client certificate; set tls.certificate and tls.private_key");
}

TEST(TlsTest, SaysThatTheServerMayWantACertificateInTls12) {
  TlsServerSide side;
  EXPECT_THAT(failure_with(side.only(TLS1_2_VERSION).demands_certificate()),
              HasSubstr("it may want a client certificate"));
}

TEST(TlsTest, ShowsItsCertificateWhereItIsWanted) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServerSide side;
    ScriptedServer server(side.only(version).demands_certificate().always(std::string(ok)));
    const auto outcome = TlsClientFixture(server.port(), with_certificate("client")).post();
    EXPECT_EQ(status_of(outcome), 200) << outcome.failure;
  }
}

TEST(TlsTest, SaysThatItsOwnCertificateIsRefused) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServerSide side;
    EXPECT_THAT(failure_with(side.only(version).demands_certificate(), with_certificate("expired")),
                StartsWith("it refuses our client certificate ("))
        << version;
  }
}

TEST(TlsTest, ALongRequestThatAClientCertificateStopsWasNotHandedOver) {
  TlsServerSide side;
  ScriptedServer server(side.demands_certificate().always(std::string(ok)));
  TlsClientFixture at(server.port());
  const auto outcome = at.post(std::string(10'000'000, 'x'));
  EXPECT_FALSE(outcome.answer);
  EXPECT_FALSE(outcome.handed_over);
}

TEST(TlsTest, SaysInWordsWhatWebServersSayOfTlsOverHttp) {
  const auto page = [](const std::string& words) {
    return "HTTP/1.1 400 Bad Request\r\nContent-Length: " + std::to_string(words.size()) + "\r\n\r\n" + words;
  };
  const TlsServerSide side;
  ScriptedServer nginx(side.always(page("<title>400 No required SSL certificate was sent</title>")));
  const auto wanted = TlsClientFixture(nginx.port()).post();
  EXPECT_FALSE(wanted.answer) << "else its records would be dead letters";
  EXPECT_FALSE(wanted.handed_over);
  EXPECT_THAT(wanted.failure, HasSubstr(": it wants a client certificate"));
  ScriptedServer plain(always(page("<title>400 The plain HTTP request was sent to HTTPS port</title>")));
  EXPECT_THAT(ClientFixture(plain.port()).post().failure, HasSubstr(": it speaks TLS; write https://"));
}

TEST(TlsTest, WithoutPreparedTlsNothingIsSent) {
  ScriptedServer server(always(std::string(ok)));
  ClientFixture at(server.port());
  at.options.url.scheme = "https";
  EXPECT_EQ(at.post().failure, "no TLS was prepared for https; nothing was sent");
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace pannier::net::test
