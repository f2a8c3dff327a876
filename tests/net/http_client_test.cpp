#include "net/http_client.h"

#include <gmock/gmock.h>

#include <numeric>

#include "tests/net/client_fixture.h"

namespace pannier::net::test {
namespace {

TEST(HttpClientTest, SendsTheBodyWithItsLengthAndItsHeaders) {
  std::string seen;
  ScriptedServer server([&](Peer& peer) {
    seen = peer.read_request();
    peer.send(ok);
  });
  ClientFixture at(server.port());
  at.options.url.path = "/base";
  at.client().post("/ingest?x=1", {{"Authorization", "Bearer k"}, {"Content-Type", "application/json"}},
                   {"{\"a\":", "1}"}, nullptr, [&](HttpOutcome result) { at.take(std::move(result)); });
  const auto outcome = at.wait();
  EXPECT_EQ(status_of(outcome), 200);
  EXPECT_EQ(outcome.answer->body, "ok");
  EXPECT_TRUE(outcome.handed_over);
  EXPECT_EQ(seen, "POST /base/ingest?x=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                      "\r\nUser-Agent: pannier/" PANNIER_VERSION
                      "\r\nX-Pannier-Via: 4711\r\nContent-Length: 7\r\nAuthorization: Bearer k\r\n"
                      "Content-Type: application/json\r\n\r\n{\"a\":1}");
}

TEST(HttpClientTest, GathersMoreSlicesThanOneWriteTakes) {
  std::string seen;
  ScriptedServer server([&](Peer& peer) {
    seen = peer.read_request();
    peer.send(ok);
  });
  std::vector<std::string> slices;
  for (int i = 0; i < 100; ++i) slices.emplace_back(50'000, static_cast<char>('a' + i % 26));
  ClientFixture at(server.port());
  at.client().post("/", {}, {slices.begin(), slices.end()}, nullptr,
                   [&](HttpOutcome result) { at.take(std::move(result)); });
  EXPECT_EQ(status_of(at.wait()), 200);
  EXPECT_TRUE(seen.ends_with(std::accumulate(slices.begin(), slices.end(), std::string())));
}

TEST(HttpClientTest, KeepsTheBodyAliveUntilTheEndAndNoLonger) {
  ScriptedServer server(always(std::string(ok)));
  ClientFixture at(server.port());
  auto body = std::make_shared<const std::string>("{}");
  const std::weak_ptr watch(body);
  bool alive_at_the_end = true;
  at.client().post("/", {}, {*body}, std::exchange(body, nullptr), [&](HttpOutcome result) {
    alive_at_the_end = !watch.expired();
    at.take(std::move(result));
  });
  EXPECT_FALSE(watch.expired());
  at.wait();
  EXPECT_FALSE(alive_at_the_end);
}

TEST(HttpClientTest, TellsWhatTheServerAskedFor) {
  ScriptedServer server(
      always("HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"));
  ClientFixture at(server.port());
  const auto outcome = at.post();
  ASSERT_EQ(status_of(outcome), 503);
  EXPECT_EQ(outcome.answer->retry_after, "17");
  EXPECT_EQ(outcome.answer->content_type, "text/html");
}

TEST(HttpClientTest, NeverFollowsARedirect) {
  ScriptedServer server(always("HTTP/1.1 307 Go\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n"));
  ClientFixture at(server.port());
  EXPECT_EQ(status_of(at.post()), 307);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClientTest, ReadsAChunkedBody) {
  ScriptedServer server(
      always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"));
  ClientFixture at(server.port());
  EXPECT_EQ(at.post().answer.value().body, "abcde");
  EXPECT_EQ(at.post().answer.value().body, "abcde");
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClientTest, ReadsABodyThatTheEndOfTheConnectionEnds) {
  ScriptedServer server([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.0 200 OK\r\n\r\nall of it");
  });
  ClientFixture at(server.port());
  EXPECT_EQ(at.post().answer.value().body, "all of it");
}

TEST(HttpClientTest, IsNeverDoneFromWithinPost) {
  ClientFixture at(1);
  at.client().post("/", {{"X", "a\r\nY: b"}}, {}, nullptr,
                   [&](HttpOutcome result) { at.take(std::move(result)); });
  EXPECT_EQ(at.times_done, 0);
  EXPECT_THAT(at.wait().failure, testing::HasSubstr("control character"));
  at.client().stop();
  at.start();
  EXPECT_EQ(at.times_done, 1);
  EXPECT_EQ(at.wait().failure, "pannier is stopping");
}

TEST(HttpClientTest, LetsDonePostAgainOnTheSameConnection) {
  ScriptedServer server(always(std::string(ok)));
  ClientFixture at(server.port());
  int left = 50;
  const std::function<void(HttpOutcome)> again = [&](HttpOutcome result) {
    if (status_of(result) == 200 && --left > 0) return at.client().post("/", {}, {"{}"}, nullptr, again);
    at.take(std::move(result));
  };
  at.client().post("/", {}, {"{}"}, nullptr, again);
  EXPECT_EQ(status_of(at.wait()), 200);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClientTest, OpensAsManyConnectionsAsRequestsAreOpen) {
  std::atomic<int> waiting = 0;
  ScriptedServer server([&](Peer& peer) {
    peer.read_request();
    ++waiting;
    becomes_true([&] { return waiting == 3; });
    peer.send(ok);
  });
  ClientFixture at(server.port());
  int answers = 0;
  for (int i = 0; i < 3; ++i)
    at.client().post("/", {}, {"{}"}, nullptr, [&](HttpOutcome result) {
      if (++answers == 3) at.take(std::move(result));
    });
  EXPECT_EQ(status_of(at.wait()), 200);
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpClientTest, SendsNewRequestsToTheNewAddressAfterAnUpdate) {
  ScriptedServer before(always("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nbefore"));
  ScriptedServer after(always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nafter"));
  ClientFixture at(before.port());
  EXPECT_EQ(at.post().answer.value().body, "before");
  at.start();
  at.options.url.port = after.port();
  at.client().update(at.options);
  EXPECT_EQ(at.wait().answer.value().body, "before");
  EXPECT_EQ(at.post().answer.value().body, "after");
}

TEST(HttpClientTest, EndsOpenRequestsWhenItIsStopped) {
  std::atomic<bool> is_asked = false;
  ScriptedServer server([&](Peer& peer) {
    peer.read_request();
    is_asked = true;
    peer.wait_for_close();
  });
  ClientFixture at(server.port());
  at.start();
  becomes_true([&] { return at.io.poll(), is_asked.load(); });
  at.client().stop();
  EXPECT_FALSE(at.outcome);
  const auto outcome = at.wait();
  EXPECT_EQ(outcome.failure, "pannier is stopping");
  EXPECT_TRUE(outcome.handed_over);
  at.io.run();
  EXPECT_EQ(at.times_done, 1);
}

TEST(HttpClientTest, CallsNobodyBackAfterItIsGone) {
  ScriptedServer server([](Peer& peer) { peer.wait_for_close(); });
  ClientFixture at(server.port());
  at.start(std::string(8'000'000, 'x'));
  becomes_true([&] { return at.io.poll(), server.connections() == 1; });
  at.client().stop();
  at.start();
  at.forget_client();
  at.io.run();
  EXPECT_EQ(at.times_done, 0);
}

}  // namespace
}  // namespace pannier::net::test
