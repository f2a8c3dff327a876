// What a peer may do to us in TLS, and that each of it ends in bounded time and in words.
#include <gmock/gmock.h>

#include "tests/net/tls_fixture.h"

namespace pannier::net::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

HttpOutcome outcome_of(ScriptedServer::Script script, std::chrono::milliseconds timeout = 5s,
                       const std::string& body = "{}") {
  ScriptedServer server(std::move(script));
  TlsClientFixture at(server.port());
  at.options.timeout = timeout;
  at.options.max_answer = 1000;
  auto outcome = at.post(body);
  at.io.run_for(1ms);
  EXPECT_EQ(at.times_done, 1);
  return outcome;
}

// Shakes hands, reads the request, then does what `script` says.
ScriptedServer::Script after_request(std::function<void(Peer&)> script) {
  return [script = std::move(script)](Peer& peer) {
    const TlsServerSide side;
    if (!peer.accept_tls(side.get()) || peer.read_request().empty()) return;
    script(peer);
  };
}

TEST(HostileTlsTest, SayingNothingToTheHandshakeEndsAtTheDeadline) {
  const auto outcome = outcome_of([](Peer& peer) { peer.wait_for_close(); }, 50ms);
  EXPECT_THAT(outcome.failure, HasSubstr("TLS with 127.0.0.1:"));
  EXPECT_THAT(outcome.failure, HasSubstr(": no answer within 50ms"));
  EXPECT_FALSE(outcome.handed_over);
}

TEST(HostileTlsTest, StoppingInTheMiddleOfTheHandshakeEndsAtTheDeadline) {
  const auto outcome = outcome_of(
      [](Peer& peer) {
        peer.send({"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", 11});  // the beginning of a ServerHello
        peer.wait_for_close();
      },
      50ms);
  EXPECT_THAT(outcome.failure, HasSubstr("TLS with "));
  EXPECT_THAT(outcome.failure, HasSubstr(": no answer within 50ms"));
}

TEST(HostileTlsTest, ClosingInTheHandshakeIsNoAnswer) {
  for (const bool resets : {false, true}) {
    const auto outcome = outcome_of([resets](Peer& peer) {
      peer.send({"\x16\x03\x03", 3});
      if (resets) peer.reset();
    });
    // A reset can come before the client has seen that it is connected.
    EXPECT_THAT(outcome.failure, AnyOf(HasSubstr("TLS with "), HasSubstr("connect to ")));
    EXPECT_THAT(outcome.failure,
                AnyOf(HasSubstr("the connection was closed"), HasSubstr("Connection reset")));
    EXPECT_FALSE(outcome.handed_over);
  }
}

TEST(HostileTlsTest, GarbageInTheHandshakeIsNoTls) {
  for (const std::string& garbage :
       {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("SSH-2.0-OpenSSH_9.2\r\n"),
        std::string(40'000, '\0'), std::string(40'000, '\x16')}) {
    const auto outcome = outcome_of([&](Peer& peer) {
      peer.send(garbage);
      peer.wait_for_close();
    });
    EXPECT_THAT(outcome.failure, HasSubstr("what answers there is not TLS")) << garbage.substr(0, 20);
    EXPECT_FALSE(outcome.handed_over);
  }
}

TEST(HostileTlsTest, StoppingInTheMiddleOfTheAnswerEndsAtTheDeadline) {
  const auto outcome = outcome_of(after_request([](Peer& peer) {
                                    peer.send(ok.substr(0, 20));
                                    peer.wait_for_close();
                                  }),
                                  300ms);
  EXPECT_EQ(outcome.failure, "no answer within 300ms");
  EXPECT_TRUE(outcome.handed_over);
}

TEST(HostileTlsTest, NeverReadingEndsAtTheDeadlineAndIsNotHandedOver) {
  const auto outcome = outcome_of(
      [](Peer& peer) {
        const TlsServerSide side;
        if (peer.accept_tls(side.get())) peer.wait_without_reading();
      },
      300ms, std::string(30'000'000, 'x'));
  EXPECT_EQ(outcome.failure, "the request could not be written within 300ms");
  EXPECT_FALSE(outcome.handed_over);
}

TEST(HostileTlsTest, ClosingWithoutAnAnswerMeansThatItMayHaveBeenRead) {
  for (const bool says_goodbye : {false, true}) {
    const auto outcome = outcome_of(after_request([says_goodbye](Peer& peer) {
      if (says_goodbye) peer.say_goodbye();
    }));
    EXPECT_EQ(outcome.failure, "the connection was closed before an answer came");
    EXPECT_TRUE(outcome.handed_over);
  }
}

TEST(HostileTlsTest, AWholeAnswerNeedsNoGoodbye) {
  EXPECT_EQ(status_of(outcome_of(after_request([](Peer& peer) { peer.send(ok); }))), 200);
}

TEST(HostileTlsTest, AnAnswerThatEndsWithItsConnectionNeedsAGoodbye) {
  const std::string open_end = "HTTP/1.1 200 OK\r\n\r\nok";
  EXPECT_EQ(status_of(outcome_of(after_request([&](Peer& peer) {
              peer.send(open_end);
              peer.say_goodbye();
            }))),
            200);
  EXPECT_EQ(outcome_of(after_request([&](Peer& peer) { peer.send(open_end); })).failure,
            "the connection was closed in the middle of the answer");
}

TEST(HostileTlsTest, AnAnswerThatBreaksOffAnywhereIsNoAnswer) {
  for (std::size_t length = 0; length < ok.size(); ++length) {
    const auto outcome = outcome_of(after_request([length](Peer& peer) {
      if (length > 0) peer.send(ok.substr(0, length));
      if (length % 2 == 0) peer.say_goodbye();
    }));
    EXPECT_FALSE(outcome.answer) << "after " << length << " bytes";
    EXPECT_THAT(outcome.failure, HasSubstr("the connection was closed")) << "after " << length << " bytes";
  }
}

TEST(HostileTlsTest, AnAnswerInSingleBytesIsRead) {
  const auto outcome = outcome_of(after_request([](Peer& peer) {
    for (const char& c : ok) peer.send({&c, 1});
    peer.wait_for_close();
  }));
  EXPECT_EQ(outcome.answer.value_or(HttpAnswer{}).body, "ok");
}

TEST(HostileTlsTest, AnEndlessAnswerIsCut) {
  const auto outcome = outcome_of(after_request([](Peer& peer) {
    peer.send("HTTP/1.1 422 No\r\n\r\n");
    while (peer.send(std::string(5000, 'x'))) {
    }
  }));
  ASSERT_EQ(status_of(outcome), 422);
  EXPECT_TRUE(outcome.answer->body_cut);
}

TEST(HostileTlsTest, AnAnswerBeforeTheBodyIsWrittenIsRead) {
  const auto outcome = outcome_of(
      [](Peer& peer) {
        const TlsServerSide side;
        if (!peer.accept_tls(side.get())) return;
        peer.read_head();
        peer.send("HTTP/1.1 413 Too large\r\nContent-Length: 5\r\n\r\nlarge");
        peer.wait_for_close();
      },
      5s, std::string(30'000'000, 'x'));
  ASSERT_EQ(status_of(outcome), 413) << outcome.failure;
  EXPECT_FALSE(outcome.handed_over);
}

TEST(HostileTlsTest, IsNotUsedAgainAfterAGoodbyeBehindTheAnswer) {
  const TlsServerSide side;
  ScriptedServer server([&](Peer& peer) {
    if (!peer.accept_tls(side.get()) || peer.read_request().empty()) return;
    peer.send(ok);
    peer.say_goodbye();
    peer.wait_for_close();
  });
  TlsClientFixture at(server.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status_of(at.post()), 200);
  EXPECT_EQ(server.connections(), 3);
}

}  // namespace
}  // namespace pannier::net::test
