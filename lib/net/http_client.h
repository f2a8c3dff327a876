// The HTTP/1.1 client of one lane: posts, keeps connections alive, and says what came of each request. It
// decides nothing: no retry, no redirect, no meaning of an answer. Users: deliver/malti/transport. Threads:
// one, that of the io_context; not safe otherwise. Bounded: a request ends within `timeout`, look-up,
// connecting, writing and reading together; an answer takes at most 16 KiB of head and `max_answer` of body.
// Open connections are as many as requests were open at once. Cost: on a kept connection the request's head
// and the answer's texts are allocated; the body is gathered, never copied but into TLS, 64 KiB at a time.
#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_answer.h"
#include "net/proxy.h"
#include "net/tls_context.h"
#include "net/url.h"

namespace pannier::net {

struct HttpClientOptions {
  Url url;
  std::chrono::milliseconds timeout{15'000};
  std::chrono::milliseconds max_idle{3'000};  // Malti closes an idle connection after 5 s
  std::size_t max_answer = 64 * 1024;
  std::string via;  // this daemon's id, sent as X-Pannier-Via
  std::string user_agent = "pannier/" PANNIER_VERSION;
  std::shared_ptr<TlsContext> tls = nullptr;  // REQUIRED for https, made for the URL's host
  std::optional<Proxy> proxy = std::nullopt;
  // After the proxy refused user and password they are read anew, by a function that may block and is run by
  // `run_blocking`. Both or none. REQUIRES: the io_context outlives all work that `run_blocking` was given.
  std::function<Result<Secret>()> read_proxy_auth = nullptr;
  std::function<void(std::function<void()>)> run_blocking = nullptr;
};

struct HttpOutcome {
  std::optional<HttpAnswer> answer;
  bool handed_over = false;       // the request's last byte was handed to the kernel: it may have been read
  bool wants_proxy_auth = false;  // the proxy refused user and password, or that there are none
  std::string failure;            // without an answer: "connect to 127.0.0.1:8000: Connection refused"
};

class HttpClient {
 public:
  using Header = std::pair<std::string, std::string>;
  using Done = std::function<void(HttpOutcome)>;

  HttpClient(boost::asio::io_context& io, HttpClientOptions options);
  // What is still open ends; no `done` is called any more.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends `body` to the URL's path + `target`. `done` is called exactly once, never from within post().
  // Neither target nor headers may hold control characters (that is a failure, not sent); Host,
  // Content-Length, User-Agent and X-Pannier-Via are added. `keeps_body_alive` is let go before `done` is
  // called.
  void post(const std::string& target, const std::vector<Header>& headers, std::vector<std::string_view> body,
            std::shared_ptr<const void> keeps_body_alive, Done done);

  // New requests use the new options; open ones end with those that they began with.
  void update(HttpClientOptions options);

  // Open requests end soon with a failure, later ones too; no `done` is called from within stop().
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pannier::net
