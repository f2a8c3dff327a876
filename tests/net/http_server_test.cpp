#include "net/http_server.h"

#include <gmock/gmock.h>

#include "tests/net/server_fixture.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Request = HttpServer::Request;
using Respond = HttpServer::Respond;

// Says back what it was told.
void echo(const Request& request, const Respond& respond) {
  respond({200, "text/plain", request.method + " " + request.target + " " + request.body});
}

TEST(HttpServerTest, AnswersWhatTheHandlerSays) {
  Request seen;
  ServerFixture server([&](Request request, const Respond& respond) {
    seen = std::move(request);
    respond({202, "application/json", "{\"a\":1}"});
  });
  RawClient client(server.path);
  client.send("POST /reload?now HTTP/1.1\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(client.read_to_end(),
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 7\r\n"
            "Connection: close\r\n\r\n{\"a\":1}");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/reload?now");
  EXPECT_EQ(seen.body, "body");
  EXPECT_EQ(seen.peer.uid, ::geteuid());
  EXPECT_EQ(seen.peer.gid, ::getegid());
  EXPECT_EQ(seen.peer.pid, ::getpid());
}

TEST(HttpServerTest, ServesManyRequestsOfAConnectionInTurn) {
  ServerFixture server(echo);
  RawClient client(server.path);
  client.send(
      "GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
  EXPECT_TRUE(client.read_until("POST /2 ab"));
  EXPECT_LT(client.received.find("GET /1 "), client.received.find("POST /2 ab"));
  client.send("GET /3 HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), HasSubstr("GET /3"));
}

TEST(HttpServerTest, AnswersHeadWithoutABody) {
  ServerFixture server(echo);
  RawClient client(server.path);
  client.send("HEAD /x HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("Content-Length: 8\r\nConnection: close\r\n\r\n"))
      << client.received;
}

TEST(HttpServerTest, TellsAClientThatWaitsToGoOn) {
  ServerFixture server(echo);
  RawClient client(server.path);
  client.send("POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(client.read_until("100 Continue\r\n\r\n"));
  client.send("ab");
  EXPECT_TRUE(client.read_until("POST /x ab"));
}

TEST(HttpServerTest, WaitsForAnAnswerThatComesLater) {
  std::promise<Respond> asked;
  ServerFixture server([&](const Request&, Respond respond) { asked.set_value(std::move(respond)); });
  RawClient client(server.path);
  client.send("GET / HTTP/1.1\r\n\r\n");
  const Respond respond = asked.get_future().get();
  server.run_there([&] {
    respond({200, "text/plain", "later"});
    respond({500, "text/plain", "twice"});
  });
  EXPECT_TRUE(client.read_until("later"));
  client.send("bad\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), testing::Not(HasSubstr("twice")));
}

TEST(HttpServerTest, AnswersItselfWhenTheHandlerNeverDoes) {
  std::vector<Respond> kept;
  ServerFixture server([&](const Request&, Respond respond) { kept.push_back(std::move(respond)); },
                       {.answer_time = 20ms});
  RawClient client(server.path);
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.read_until("503 Service Unavailable"));
  server.run_there([&] { kept.front()({200, "text/plain", "too late"}); });
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), testing::Not(HasSubstr("too late")));
}

struct Refused {
  std::string request;
  int status;
};

void PrintTo(const Refused& refused, std::ostream* out) {
  *out << refused.status << " for " << testing::PrintToString(refused.request.substr(0, 60));
}

class HttpServerRefusalTest : public testing::TestWithParam<Refused> {};

TEST_P(HttpServerRefusalTest, IsAnsweredAndClosedAndNeverHandled) {
  bool is_handled = false;
  ServerFixture server([&](const Request&, const Respond&) { is_handled = true; },
                       {.max_body = 1000, .head_time = 30ms, .body_time = 30ms, .linger_time = 30ms});
  RawClient client(server.path);
  client.send(GetParam().request);
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 " + std::to_string(GetParam().status) + " "));
  EXPECT_TRUE(client.is_closed);
  EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
  EXPECT_FALSE(is_handled);
}

const std::string post = "POST / HTTP/1.1\r\n";
INSTANTIATE_TEST_SUITE_P(
    Each, HttpServerRefusalTest,
    testing::Values(Refused{"\x16\x03\x01\r\n\r\n", 400}, Refused{"GET /\r\n\r\n", 400},
                    Refused{post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
                    Refused{post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400},
                    Refused{post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
                    Refused{post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
                    Refused{"GET / HTTP", 408}, Refused{post + "Content-Length: 5\r\n\r\nab", 408},
                    Refused{post + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'x'), 413},
                    Refused{post + "Content-Length: 99999999999999999999\r\n\r\n", 400},
                    Refused{post + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x'), 413},
                    Refused{post + "X: " + std::string(17'000, 'x') + "\r\n\r\n", 431},
                    Refused{"GET /" + std::string(17'000, 'x'), 431}));

TEST(HttpServerTest, ClosesAnIdleConnectionWithoutAWord) {
  ServerFixture server(echo, {.head_time = 30ms});
  RawClient client(server.path);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(client.is_closed);
}

TEST(HttpServerTest, ClosesAClientThatSendsAByteNowAndThen) {
  ServerFixture server(echo, {.head_time = 50ms});
  RawClient client(server.path);
  EXPECT_TRUE(becomes_true([&] { return client.send("G") < 0; }));
}

TEST(HttpServerTest, ClosesAClientThatNeverReads) {
  ServerFixture server(
      [](const Request&, const Respond& respond) {
        respond({200, "text/plain", std::string(8'000'000, 'x')});
      },
      {.write_time = 50ms});
  RawClient client(server.path);
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(becomes_true([&] { return server.connections() == 1; }));
  EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
  EXPECT_LT(client.read_to_end().size(), 8'000'000U);
}

TEST(HttpServerTest, ClosesAConnectionOverTheLimitAndCountsIt) {
  ServerFixture server(echo, {.connections = 2});
  RawClient first(server.path);
  RawClient second(server.path);
  RawClient third(server.path);
  EXPECT_EQ(third.read_to_end(), "");
  EXPECT_EQ(server.ask([](HttpServer& it) { return it.refused(); }), 1U);
  second.send("GET /still-served HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(second.read_until("GET /still-served"));
}

TEST(HttpServerTest, MakesRoomWhenAClientGoes) {
  ServerFixture server(echo, {.connections = 1});
  for (int i = 0; i < 5; ++i) {
    {
      RawClient client(server.path);
      client.send("GET /x HTTP/1.1\r\n\r\n");
      EXPECT_TRUE(client.read_until("GET /x"));
    }
    EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
  }
  EXPECT_EQ(server.ask([](HttpServer& it) { return it.refused(); }), 0U);
}

TEST(HttpServerTest, LetsTheJudgeRefuseBeforeTheBodyIsRead) {
  bool is_handled = false;
  const auto judge = [](const HttpHead& head) {
    ServerResponse refused{403, "text/plain", std::string(head.method) + " " + std::string(head.target)};
    for (const auto& [name, value] : head.headers)
      refused.body.append(" ").append(name).append("=").append(value);
    refused.headers = {{"Allow", "GET, HEAD"}};
    return std::optional(refused);
  };
  ServerFixture server([&](const Request&, const Respond&) { is_handled = true; }, {.judge = judge});
  RawClient client(server.path);
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(client.read_to_end(),
            "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 57\r\n"
            "Allow: GET, HEAD\r\nConnection: close\r\n\r\n"
            "POST /x Host=a Expect=100-continue Content-Length=1000000")
      << "and no 100";
  EXPECT_FALSE(is_handled);
}

TEST(HttpServerTest, ServesOnAfterARefusalThatLeftNoBodyBehind) {
  const auto judge = [](const HttpHead& head) -> std::optional<ServerResponse> {
    if (head.target == "/known") return std::nullopt;
    return ServerResponse{404, "text/plain", "no such page"};
  };
  ServerFixture server(echo, {.judge = judge});
  RawClient client(server.path);
  client.send("HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /known HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.read_until("GET /known"));
  EXPECT_EQ(client.received.find("no such page"), client.received.rfind("no such page")) << client.received;
}

TEST(HttpServerTest, LetsAClientThatStillSendsHearTheAnswer) {
  const auto judge = [](const HttpHead&) { return std::optional(ServerResponse{403, "text/plain", "no"}); };
  ServerFixture server(echo, {.judge = judge});
  RawClient client(server.path);
  client.send("POST /x HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n");
  ASSERT_TRUE(client.read_until("403 Forbidden"));
  const std::string body(300'000, 'x');
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.send(body), static_cast<ssize_t>(body.size())) << i;
}

TEST(HttpServerTest, WaitsForNoClientForEverWhenItHasSaidGoodbye) {
  ServerFixture server(echo, {.linger_time = 30ms});
  RawClient client(server.path);
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  client.read_to_end();
  EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
  EXPECT_EQ(server.ask([](HttpServer& it) { return it.counts().unread; }), 0U);
}

TEST(HttpServerTest, SendsABodyThatManyShare) {
  const auto page = std::make_shared<const std::string>("the same for all");
  ServerFixture server([&](const Request&, const Respond& respond) {
    respond({200, "text/plain", "", {{"Cache-Control", "no-store"}}, page});
  });
  RawClient client(server.path);
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.read_to_end(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 16\r\n"
            "Cache-Control: no-store\r\nConnection: close\r\n\r\nthe same for all");
}

TEST(HttpServerTest, CountsItsAnswersAndThoseNobodyTook) {
  ServerFixture server(
      [](const Request& request, const Respond& respond) {
        respond({request.target == "/" ? 200 : 404, "text/plain", std::string(8'000'000, 'x')});
      },
      {.write_time = 50ms});
  RawClient good(server.path);
  good.send("HEAD / HTTP/1.1\r\n\r\nHEAD /x HTTP/1.1\r\n\r\nbad\r\n\r\n");
  good.read_to_end();
  RawClient deaf(server.path);
  deaf.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(
      becomes_true([&] { return server.ask([](HttpServer& it) { return it.counts().unread; }) == 1; }));
  const auto answers = server.ask([](HttpServer& it) { return it.counts().answers; });
  EXPECT_EQ(answers, (std::map<int, std::uint64_t>{{200, 2}, {400, 1}, {404, 1}}));
}

TEST(HttpServerTest, ClosesEverythingWhenItStops) {
  std::promise<Respond> asked;
  ServerFixture server([&](const Request&, Respond respond) { asked.set_value(std::move(respond)); });
  RawClient waiting(server.path);
  RawClient idle(server.path);
  waiting.send("GET / HTTP/1.1\r\n\r\n");
  const Respond respond = asked.get_future().get();
  server.ask([](HttpServer& it) { it.stop(); });
  EXPECT_EQ(waiting.read_to_end(), "");
  EXPECT_EQ(idle.read_to_end(), "");
  server.run_there([&] { respond({200, "text/plain", "nobody hears it"}); });
  EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
}

}  // namespace
}  // namespace pannier::net::test
