// What a backend may do to us, and that each of it ends in bounded time and memory.
#include <gmock/gmock.h>

#include "tests/net/client_fixture.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;

ScriptedServer::Script once(std::string answer) {
  return [answer = std::move(answer)](Peer& peer) {
    peer.read_request();
    peer.send(answer);
  };
}

// Sends `head`, then `part` until the client has had enough.
ScriptedServer::Script endless(std::string head, std::string part) {
  return [head = std::move(head), part = std::move(part)](Peer& peer) {
    peer.read_request();
    peer.send(head);
    while (peer.send(part)) {
    }
  };
}

HttpOutcome outcome_of(ScriptedServer::Script script, std::chrono::milliseconds timeout = 5s,
                       const std::string& body = "{}") {
  ScriptedServer server(std::move(script));
  ClientFixture at(server.port());
  at.options.timeout = timeout;
  at.options.max_answer = 1000;
  auto outcome = at.post(body);
  at.io.run_for(1ms);
  EXPECT_EQ(at.times_done, 1);
  return outcome;
}

TEST(HostileServerTest, SayingNothingEndsAtTheDeadline) {
  const auto outcome = outcome_of([](Peer& peer) { peer.wait_for_close(); }, 50ms);
  EXPECT_EQ(outcome.failure, "no answer within 50ms");
  EXPECT_TRUE(outcome.handed_over);
}

TEST(HostileServerTest, TricklingItsAnswerEndsAtTheDeadline) {
  const auto outcome = outcome_of(
      [](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n");
        while (peer.send("x")) std::this_thread::sleep_for(1ms);
      },
      50ms);
  EXPECT_EQ(outcome.failure, "no answer within 50ms");
}

TEST(HostileServerTest, NeverReadingEndsAtTheDeadline) {
  const auto outcome =
      outcome_of([](Peer& peer) { peer.wait_without_reading(); }, 50ms, std::string(30'000'000, 'x'));
  EXPECT_EQ(outcome.failure, "the request could not be written within 50ms");
  EXPECT_FALSE(outcome.handed_over);
}

TEST(HostileServerTest, AnEndlessBodyIsCut) {
  for (const std::string head :
       {"HTTP/1.1 422 No\r\n\r\n", "HTTP/1.1 422 No\r\nContent-Length: 99999999999999\r\n\r\n"}) {
    const auto outcome = outcome_of(endless(head, std::string(5000, 'x')));
    ASSERT_EQ(status_of(outcome), 422);
    EXPECT_TRUE(outcome.answer->body_cut);
    EXPECT_EQ(outcome.answer->body, std::string(1000, 'x'));
  }
}

TEST(HostileServerTest, AnEndlessChunkedBodyIsCut) {
  const auto outcome =
      outcome_of(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n"));
  ASSERT_EQ(status_of(outcome), 200);
  EXPECT_TRUE(outcome.answer->body_cut);
  EXPECT_EQ(outcome.answer->body.size(), 1000U);
}

TEST(HostileServerTest, ABodyOfJustTheLimitIsWhole) {
  const auto outcome =
      outcome_of(once("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x')));
  EXPECT_FALSE(outcome.answer.value().body_cut);
  EXPECT_EQ(outcome.answer->body.size(), 1000U);
}

TEST(HostileServerTest, EndlessHeadersAreNoAnswer) {
  EXPECT_EQ(outcome_of(endless("HTTP/1.1 200 OK\r\n", "X-More: yes\r\n")).failure,
            "the answer's head is over 16 KiB");
  EXPECT_EQ(outcome_of(endless("HTTP/1.1 200 OK\r\nX: ", "more")).failure,
            "the answer's head is over 16 KiB");
  EXPECT_EQ(outcome_of(endless("HTTP/1.1 200 ", "more")).failure, "the answer's head is over 16 KiB");
}

TEST(HostileServerTest, EndlessChunkExtensionsAndTrailersAreNoAnswer) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_NE(outcome_of(endless(head + "1;x=", "more")).failure, "");
  EXPECT_NE(outcome_of(endless(head + "0\r\n", "X-More: yes\r\n")).failure, "");
}

TEST(HostileServerTest, GarbageIsNoAnswer) {
  for (const std::string garbage :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "\r\n\r\n\r\n\r\n", "<html>hello</html>\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    EXPECT_EQ(outcome_of(once(garbage)).failure, "the answer is not HTTP") << garbage;
  }
  EXPECT_EQ(outcome_of(once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")).failure,
            "the answer is not HTTP");
  const std::string zeros(3000, '\0');
  EXPECT_NE(outcome_of(endless(zeros, zeros)).failure, "");
}

TEST(HostileServerTest, AnInterimAnswerIsPassedOver) {
  EXPECT_EQ(status_of(outcome_of(once("HTTP/1.1 100 Continue\r\n\r\n" + std::string(ok)))), 200);
}

TEST(HostileServerTest, AFloodOfInterimAnswersIsNoAnswer) {
  EXPECT_EQ(outcome_of(endless("", "HTTP/1.1 102 Processing\r\n\r\n")).failure,
            "interim answers (1xx) without end");
}

TEST(HostileServerTest, ClosingWithoutAnAnswerMeansThatItMayHaveBeenRead) {
  const auto outcome = outcome_of([](Peer& peer) { peer.read_request(); });
  EXPECT_EQ(outcome.failure, "the connection was closed before an answer came");
  EXPECT_TRUE(outcome.handed_over);
}

TEST(HostileServerTest, ResettingTheConnectionIsNoAnswer) {
  const auto outcome = outcome_of([](Peer& peer) {
    peer.read_request();
    peer.reset();
  });
  EXPECT_THAT(outcome.failure, HasSubstr("Connection reset"));
}

TEST(HostileServerTest, ARefusalOfAServerThatReadsNoFurtherIsRead) {
  for (const int status : {401, 413, 503}) {
    const auto outcome = outcome_of(
        [status](Peer& peer) {
          peer.read_head();
          peer.send("HTTP/1.0 " + std::to_string(status) + " No\r\nConnection: close\r\n\r\n<html>no");
          peer.reset();
        },
        5s, std::string(3'000'000, 'x'));
    EXPECT_EQ(status_of(outcome), status) << outcome.failure;
  }
}

TEST(HostileServerTest, AnAcceptanceThatIsResetIsNoAnswer) {
  const auto outcome = outcome_of([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.0 200 OK\r\n\r\nok");
    peer.reset();
  });
  EXPECT_THAT(outcome.failure, HasSubstr("Connection reset"));
}

TEST(HostileServerTest, AnAnswerThatBreaksOffAnywhereIsNoAnswer) {
  for (const std::string& whole :
       {std::string(ok),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto outcome = outcome_of(once(whole.substr(0, length)));
      EXPECT_FALSE(outcome.answer) << "after " << length << " bytes";
      EXPECT_THAT(outcome.failure, HasSubstr("the connection was closed")) << "after " << length << " bytes";
    }
    EXPECT_EQ(status_of(outcome_of(once(whole))), 200);
  }
}

TEST(HostileServerTest, AnAnswerInSingleBytesIsRead) {
  const auto outcome = outcome_of([](Peer& peer) {
    peer.read_request();
    for (const char c : ok) peer.send({&c, 1});
    peer.wait_for_close();
  });
  EXPECT_EQ(outcome.answer.value().body, "ok");
}

TEST(HostileServerTest, AnAnswerBeforeTheBodyIsWrittenIsRead) {
  const std::string answer = "HTTP/1.1 413 Too large\r\nContent-Length: 5\r\n\r\nlarge";
  const std::string body(30'000'000, 'x');
  const auto patient = outcome_of(
      [&](Peer& peer) {
        peer.read_head();
        peer.send(answer);
        peer.wait_for_close();
      },
      5s, body);
  ASSERT_EQ(status_of(patient), 413);
  EXPECT_EQ(patient.answer->body, "large");
  EXPECT_FALSE(patient.handed_over);
}

TEST(HostileServerTest, AnAnswerOfAServerThatStopsReadingIsRead) {
  const auto outcome = outcome_of(
      [&](Peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      },
      5s, std::string(30'000'000, 'x'));
  EXPECT_EQ(status_of(outcome), 401);
}

}  // namespace
}  // namespace pannier::net::test
