#include "net/unix_http.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "tests/net/server_fixture.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;
using Request = HttpServer::Request;
using Respond = HttpServer::Respond;

std::string failure(const std::string& path, std::chrono::milliseconds timeout = 5s) {
  const auto answer = unix_request(path, "GET", "/status", "", timeout);
  return answer ? "no error" : answer.error().message;
}

TEST(UnixHttpTest, BringsTheAnswerOfTheDaemon) {
  ServerFixture server([](const Request& request, const Respond& respond) {
    respond({409, "text/plain", request.method + " " + request.target + " " + request.body});
  });
  const auto answer = unix_request(server.path, "POST", "/reload", "now", 5s);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 409);
  EXPECT_EQ(answer->content_type, "text/plain");
  EXPECT_EQ(answer->body, "POST /reload now");
}

TEST(UnixHttpTest, BringsALongAnswerWhole) {
  ServerFixture server([](const Request& request, const Respond& respond) {
    respond({200, "text/plain", request.body + std::string(9'000'000, 'y')});
  });
  const std::string body(3'000'000, 'x');
  const auto answer = unix_request(server.path, "POST", "/", body, 10s);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, body + std::string(9'000'000, 'y'));
}

TEST(UnixHttpTest, ReadsTheAnswerOfADaemonThatWillNotHearTheEnd) {
  ServerFixture server([](const Request&, const Respond&) {}, {.max_body = 1000});
  const auto answer = unix_request(server.path, "POST", "/", std::string(8'000'000, 'x'), 5s);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 413);
}

TEST(UnixHttpTest, SaysThatNoDaemonIsThereAndWhatToDo) {
  const Scratch scratch;
  const std::string path = scratch.path("control.sock");
  EXPECT_EQ(failure(path),
            "no daemon answers at " + path + " (No such file or directory); is it running? try: pannier run");
  {
    listen_unix({.path = path});
  }
  EXPECT_EQ(failure(path),
            "no daemon answers at " + path + " (Connection refused); is it running? try: pannier run");
  EXPECT_THAT(failure(scratch.path(std::string(200, 'x'))), HasSubstr("File name too long"));
}

// Root may do everything: a child without rights asks instead.
TEST(UnixHttpTest, SaysThatItIsNotAllowedAndWhatToDo) {
  const Scratch scratch;
  const auto listener = listen_unix({.path = scratch.path("s"), .mode = 0000});
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(3);
    const std::string message = failure(scratch.path("s"));
    const bool good = message.find("(Permission denied); try: sudo") != std::string::npos;
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(UnixHttpTest, EndsWithinItsTime) {
  std::vector<Respond> kept;
  ServerFixture silent([&](const Request&, Respond respond) { kept.push_back(std::move(respond)); });
  EXPECT_EQ(failure(silent.path, 30ms), "the daemon at " + silent.path + " gave no answer within 30ms");

  const Scratch scratch;
  const auto deaf = bind_unix(SOCK_STREAM, {.path = scratch.path("s")});
  ::listen(deaf->fd.get(), 0);
  const RawClient queued(scratch.path("s"));
  EXPECT_THAT(failure(scratch.path("s"), 30ms), HasSubstr("gave no answer within 30ms"));
}

TEST(UnixHttpTest, SaysThatTheDaemonWentAway) {
  ServerFixture server([](const Request&, const Respond&) { throw std::runtime_error("a bug"); });
  EXPECT_EQ(failure(server.path), "the daemon at " + server.path +
                                      " gave no answer: the connection was closed before an answer came");
}

}  // namespace
}  // namespace pannier::net::test
