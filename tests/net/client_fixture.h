// A client on an event loop of its own, in the test's thread.
#pragma once
#include <gtest/gtest.h>

#include <optional>

#include "net/http_client.h"
#include "tests/net/scripted_server.h"

namespace pannier::net::test {

using namespace std::chrono_literals;

inline constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request of a connection the same way.
inline ScriptedServer::Script always(std::string answer) {
  return [answer = std::move(answer)](Peer& peer) {
    while (!peer.read_request().empty() && peer.send(answer)) {
    }
  };
}

class ClientFixture {
 public:
  explicit ClientFixture(std::uint16_t port) {
    options.url = {"http", "127.0.0.1", port, ""};
    options.timeout = 5s;
    options.via = "4711";
  }

  HttpClient& client() {
    if (!client_) client_.emplace(io, options);
    return *client_;
  }

  void start(const std::string& body = "{}") {
    outcome.reset();
    const auto held = std::make_shared<const std::string>(body);
    client().post("/ingest", {}, {*held}, held, [this](HttpOutcome result) { take(std::move(result)); });
  }
  HttpOutcome wait() {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    io.restart();
    while (!outcome && std::chrono::steady_clock::now() < deadline) io.run_one_for(1s);
    if (!outcome) ADD_FAILURE() << "no outcome within 20 s";
    return outcome.value_or(HttpOutcome{});
  }
  HttpOutcome post(const std::string& body = "{}") {
    start(body);
    return wait();
  }
  void take(HttpOutcome result) {
    ++times_done;
    outcome = std::move(result);
  }

  boost::asio::io_context io;
  HttpClientOptions options;
  std::optional<HttpOutcome> outcome;
  int times_done = 0;
  void forget_client() { client_.reset(); }

 private:
  std::optional<HttpClient> client_;
};

inline int status_of(const HttpOutcome& outcome) {
  return outcome.answer ? outcome.answer->status : 0;
}

}  // namespace pannier::net::test
