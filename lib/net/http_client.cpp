#include "net/http_client.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <ranges>

#include "base/text.h"
#include "net/http_connection.h"

namespace pannier::net {
namespace {

constexpr std::string_view stopped = "pannier is stopping";

bool is_clean(std::string_view target, const std::vector<HttpClient::Header>& headers) {
  if (text::has_control_character(target) || target.find(' ') != std::string_view::npos) return false;
  return std::none_of(headers.begin(), headers.end(), [](const HttpClient::Header& header) {
    return text::has_control_character(header.first) || text::has_control_character(header.second);
  });
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

std::string make_head(const HttpClientOptions& options, std::string_view target,
                      const std::vector<HttpClient::Header>& headers, std::size_t length) {
  std::string head;
  head.reserve(512);
  // A proxy is told the whole URL where it has not opened a tunnel.
  const bool is_relayed = options.proxy && options.url.scheme == "http";
  head.append("POST ")
      .append(is_relayed ? options.url.str() : options.url.path)
      .append(target)
      .append(" HTTP/1.1\r\n");
  append_header(head, "Host", options.url.authority());
  append_header(head, "User-Agent", options.user_agent);
  append_header(head, "X-Pannier-Via", options.via);
  if (is_relayed && !options.proxy->auth.empty())
    append_header(head, "Proxy-Authorization", proxy_authorization(options.proxy->auth));
  append_header(head, "Content-Length", std::to_string(length));
  for (const auto& [name, value] : headers) append_header(head, name, value);
  return head.append("\r\n");
}

}  // namespace

struct HttpClient::Impl {
  boost::asio::io_context& io;
  std::shared_ptr<const HttpClientOptions> options;
  std::vector<std::shared_ptr<HttpConnection>> connections;
  bool is_stopped = false;
  bool is_reading_auth = false;
  // A promise to whoever waits in the event loop that the client is still there.
  std::shared_ptr<const bool> alive = std::make_shared<const bool>(true);

  void refuse(std::string_view failure, const Done& done) {
    boost::asio::post(io, [failure, done, watch = std::weak_ptr(alive)] {
      if (!watch.expired()) done({.answer = std::nullopt, .failure = std::string(failure)});
    });
  }

  // The next request has what the file holds by then.
  void read_proxy_auth() {
    if (!options->read_proxy_auth || is_reading_auth) return;
    is_reading_auth = true;
    options->run_blocking([this, &home = io, used = options, watch = std::weak_ptr(alive)] {
      boost::asio::post(home, [this, used, watch, auth = used->read_proxy_auth()] {
        if (watch.expired()) return;
        is_reading_auth = false;
        if (!auth || options != used || *auth == used->proxy->auth) return;
        HttpClientOptions fresh = *used;
        fresh.proxy->auth = *auth;
        options = std::make_shared<const HttpClientOptions>(std::move(fresh));
      });
    });
  }

  Done watched(Done done) {
    if (!options->read_proxy_auth) return done;
    return [this, done = std::move(done)](HttpOutcome outcome) {
      if (outcome.wants_proxy_auth) read_proxy_auth();
      done(std::move(outcome));
    };
  }

  std::shared_ptr<HttpConnection> connection() {
    std::erase_if(connections, [](const auto& each) { return each->is_closed(); });
    // The last used first, so that the others grow old and close.
    for (const auto& each : std::views::reverse(connections))
      if (each->is_idle() && each->check_reusable()) return each;
    connections.push_back(std::make_shared<HttpConnection>(io, options));
    return connections.back();
  }
};

HttpClient::HttpClient(boost::asio::io_context& io, HttpClientOptions options)
    : impl_(new Impl{io, std::make_shared<const HttpClientOptions>(std::move(options)), {}}) {}

HttpClient::~HttpClient() {
  for (const auto& each : impl_->connections) each->abandon();
}

void HttpClient::post(const std::string& target, const std::vector<Header>& headers,
                      std::vector<std::string_view> body, std::shared_ptr<const void> keeps_body_alive,
                      Done done) {
  if (impl_->is_stopped) return impl_->refuse(stopped, done);
  if (!is_clean(target, headers))
    return impl_->refuse("a header or the target holds a control character; nothing was sent", done);
  if (impl_->options->url.scheme == "https" && !impl_->options->tls)
    return impl_->refuse("no TLS was prepared for https; nothing was sent", done);
  std::size_t length = 0;
  for (const auto& part : body) length += part.size();
  impl_->connection()->start({make_head(*impl_->options, target, headers, length), std::move(body),
                              std::move(keeps_body_alive), impl_->watched(std::move(done))});
}

void HttpClient::update(HttpClientOptions options) {
  impl_->options = std::make_shared<const HttpClientOptions>(std::move(options));
  for (const auto& each : impl_->connections) each->retire();
}

void HttpClient::stop() {
  impl_->is_stopped = true;
  for (const auto& each : impl_->connections) boost::asio::post(impl_->io, [each] { each->fail(stopped); });
}

}  // namespace pannier::net
