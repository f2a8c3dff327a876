#include "tests/doubles/scripted_backend.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pannier::doubles {
namespace {

using namespace std::chrono_literals;

// The other end: sends what it is told and reads what comes, byte by byte as it is.
class Peer {
 public:
  explicit Peer(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Peer() { ::close(descriptor_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  void post(const std::string& context, const std::string& service = "orders") {
    const std::string body =
        R"({"requests":[{"service":")" + service +
        R"(","method":"GET","endpoint":"/a","consumer":"c","status":200,"response_time":5,)"
        R"("context":")" +
        context + "\"}]}";
    send(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\nX-API-Key: key-orders\r\nContent-Type: "
        "application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  void send(const std::string& bytes) const { ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Reads until `size` bytes are there, the end or the deadline; at_end() says whether the server closed.
  std::string read(std::size_t size, Deadline deadline = 5s) {
    std::string bytes;
    pollfd polled{descriptor_, POLLIN, 0};
    while (bytes.size() < size && ::poll(&polled, 1, static_cast<int>(deadline.count())) == 1) {
      char buffer[4096];
      const ssize_t count = ::recv(descriptor_, buffer, sizeof buffer, 0);
      at_end_ = count <= 0;
      if (at_end_) break;
      bytes.append(buffer, static_cast<std::size_t>(count));
    }
    return bytes;
  }
  std::string read_answer() {
    const std::string bytes = read(1);
    return bytes.substr(0, bytes.find("\r\n"));
  }
  std::string read_to_end() { return read(SIZE_MAX); }
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  int descriptor_;
  bool connected_ = false, at_end_ = false;
};

std::string post_once(const ScriptedBackend& backend, const std::string& context) {
  Peer peer(backend.port());
  peer.post(context);
  return peer.read_answer();
}

TEST(ScriptedBackendTest, IsAMaltiWithoutAScript) {
  ScriptedBackend backend;
  Peer peer(backend.port());
  peer.post("first");
  EXPECT_EQ(peer.read_answer(), "HTTP/1.1 200 Scripted");
  peer.post("second");
  EXPECT_EQ(peer.read_answer(), "HTTP/1.1 200 Scripted");
  peer.post("third", "users");
  EXPECT_EQ(peer.read_answer(), "HTTP/1.1 403 Scripted");
  EXPECT_EQ(backend.contexts(), (std::set<std::string>{"first", "second"}));
  EXPECT_EQ(backend.connections(), 1U);
  const auto requests = backend.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].headers.at("x-api-key"), "key-orders");
  EXPECT_TRUE(requests[0].stored && requests[0].answered);
  EXPECT_FALSE(requests[2].stored);
}

TEST(ScriptedBackendTest, AnswersAsTheScriptSaysAndThenAsMalti) {
  ScriptedBackend backend;
  backend.next(unavailable("7").repeated(2));
  backend.next(rate_limited(60));
  EXPECT_EQ(post_once(backend, "x"), "HTTP/1.1 503 Scripted");
  EXPECT_EQ(post_once(backend, "x"), "HTTP/1.1 503 Scripted");
  EXPECT_EQ(post_once(backend, "x"), "HTTP/1.1 429 Scripted");
  EXPECT_EQ(backend.distinct_records(), 0U);
  EXPECT_EQ(post_once(backend, "x"), "HTTP/1.1 200 Scripted");
  EXPECT_EQ(backend.distinct_records(), 1U);
}

TEST(ScriptedBackendTest, TellsDuplicatesFromRecords) {
  ScriptedBackend backend;
  backend.next(lost_answer());
  EXPECT_EQ(post_once(backend, "x"), "");
  EXPECT_EQ(post_once(backend, "x"), "HTTP/1.1 200 Scripted");
  EXPECT_EQ(backend.stored_records(), 2U);
  EXPECT_EQ(backend.distinct_records(), 1U);
  EXPECT_FALSE(backend.requests()[0].answered);
}

TEST(ScriptedBackendTest, ClosesBeforeOrAfterReading) {
  ScriptedBackend backend;
  backend.next(of_kind(Behaviour::Kind::close_unread));
  backend.next(of_kind(Behaviour::Kind::close_unanswered));
  EXPECT_EQ(post_once(backend, "x"), "");
  EXPECT_EQ(backend.request_count(), 0U);
  EXPECT_EQ(post_once(backend, "x"), "");
  EXPECT_EQ(backend.request_count(), 1U);
  EXPECT_EQ(backend.stored_records(), 0U);
}

TEST(ScriptedBackendTest, HangsUntilItIsReleased) {
  ScriptedBackend backend;
  backend.next(of_kind(Behaviour::Kind::hang));
  Peer peer(backend.port());
  peer.post("x");
  ASSERT_TRUE(backend.wait_for_requests(1, 5s));
  EXPECT_EQ(peer.read(1, 50ms), "");
  EXPECT_FALSE(peer.at_end());
  // It may not yet hang when the request was noted: release until it ends.
  EXPECT_TRUE(wait_until([&] { return backend.release(), peer.read(1, 10ms), peer.at_end(); }, 5s));
}

TEST(ScriptedBackendTest, AnswersLateWhatItStoredAtOnce) {
  ScriptedBackend backend;
  backend.next(slow(300ms));
  Peer peer(backend.port());
  const auto start = std::chrono::steady_clock::now();
  peer.post("x");
  EXPECT_TRUE(backend.wait_for_records(1, 5s));
  EXPECT_EQ(peer.read_answer(), "HTTP/1.1 200 Scripted");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
}

TEST(ScriptedBackendTest, NeverEndsWhatItWasToldNotToEnd) {
  ScriptedBackend backend;
  backend.next(of_kind(Behaviour::Kind::endless_body));
  backend.next(of_kind(Behaviour::Kind::endless_headers));
  for (int i = 0; i != 2; ++i) {
    Peer peer(backend.port());
    peer.post("x");
    EXPECT_GE(peer.read(3'000'000).size(), 3'000'000U);
    EXPECT_FALSE(peer.at_end());
  }
}

TEST(ScriptedBackendTest, LiesAboutTheLengthAndTalksGarbage) {
  ScriptedBackend backend;
  backend.next(wrong_length(100));
  backend.next(of_kind(Behaviour::Kind::garbage));
  Peer liar(backend.port());
  liar.post("x");
  const std::string answer = liar.read_to_end();
  const std::size_t body = answer.size() - answer.find("\r\n\r\n") - 4;
  EXPECT_NE(answer.find("content-length: " + std::to_string(body + 100)), std::string::npos) << answer;
  Peer babbler(backend.port());
  babbler.post("x");
  EXPECT_FALSE(babbler.read_to_end().starts_with("HTTP"));
}

TEST(ScriptedBackendTest, ClosesAConnectionThatIsIdle) {
  ScriptedBackend backend({.idle = 50ms});
  Peer peer(backend.port());
  peer.read(1);
  EXPECT_TRUE(peer.at_end());
}

TEST(ScriptedBackendTest, ComesBackOnItsPortAfterItRefusedConnections) {
  ScriptedBackend backend;
  Peer peer(backend.port());
  ASSERT_TRUE(peer.connected());
  backend.stop();
  peer.read(1);
  EXPECT_TRUE(peer.at_end());
  EXPECT_FALSE(Peer(backend.port()).connected());
  backend.start_again();
  EXPECT_EQ(post_once(backend, "x"), "HTTP/1.1 200 Scripted");
}

TEST(ScriptedBackendTest, TakesOtherKeysWhileItRuns) {
  ScriptedBackend backend;
  backend.remove_key("key-orders");
  EXPECT_EQ(post_once(backend, "x"), "HTTP/1.1 401 Scripted");
  backend.set_key("key-orders", "orders");
  EXPECT_EQ(post_once(backend, "x"), "HTTP/1.1 200 Scripted");
}

TEST(ScriptedBackendTest, HasTheRoutesOfMalti) {
  ScriptedBackend backend;
  backend.next(answer(503));
  Peer peer(backend.port());
  peer.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(peer.read_answer(), "HTTP/1.1 200 Scripted");
  peer.send("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(peer.read_answer(), "HTTP/1.1 404 Scripted");
  EXPECT_EQ(backend.request_count(), 0U);
}

}  // namespace
}  // namespace pannier::doubles
