#include "net/http_client.h"

#include <algorithm>
#include <boost/asio/post.hpp>

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
  head.append("POST ").append(options.url.path).append(target).append(" HTTP/1.1\r\n");
  append_header(head, "Host", options.url.authority());
  append_header(head, "User-Agent", options.user_agent);
  append_header(head, "X-Pannier-Via", options.via);
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
  // A promise to whoever waits in the event loop that the client is still there.
  std::shared_ptr<const bool> alive = std::make_shared<const bool>(true);

  void refuse(std::string_view failure, Done done) {
    boost::asio::post(io, [failure, done = std::move(done), watch = std::weak_ptr(alive)] {
      if (!watch.expired()) done({std::nullopt, false, std::string(failure)});
    });
  }

  std::shared_ptr<HttpConnection> connection() {
    std::erase_if(connections, [](const auto& each) { return each->is_closed(); });
    // The last used first, so that the others grow old and close.
    for (auto at = connections.rbegin(); at != connections.rend(); ++at)
      if ((*at)->is_idle() && (*at)->check_reusable()) return *at;
    connections.push_back(std::make_shared<HttpConnection>(io, options));
    return connections.back();
  }
};

HttpClient::HttpClient(boost::asio::io_context& io, HttpClientOptions options)
    : impl_(new Impl{io, std::make_shared<const HttpClientOptions>(std::move(options)), {}}) {}

HttpClient::~HttpClient() {
  for (const auto& each : impl_->connections) each->abandon();
}

void HttpClient::post(std::string target, const std::vector<Header>& headers,
                      std::vector<std::string_view> body, std::shared_ptr<const void> keeps_body_alive,
                      Done done) {
  if (impl_->is_stopped) return impl_->refuse(stopped, std::move(done));
  if (!is_clean(target, headers))
    return impl_->refuse("a header or the target holds a control character; nothing was sent",
                         std::move(done));
  std::size_t length = 0;
  for (const auto& part : body) length += part.size();
  impl_->connection()->start({make_head(*impl_->options, target, headers, length), std::move(body),
                              std::move(keeps_body_alive), std::move(done)});
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
