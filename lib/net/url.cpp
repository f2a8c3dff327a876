#include "net/url.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace pannier::net {
namespace {

namespace urls = boost::urls;

Error invalid(std::string message) {
  return {ErrorCode::invalid, std::move(message)};
}

std::string quoted(std::string_view text) {
  return "\"" + text::shown(text) + "\"";
}

std::uint16_t usual_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

// What stands before an @ may be a password: never shown.
Error hides_secret() {
  return invalid("this is no URL; write https://malti.example.com, without user and password");
}

// "localhost:8000" reads as the scheme "localhost" to a URL parser, and as an address to everybody else.
Error no_scheme(std::string_view text) {
  if (text.find('@') != std::string_view::npos) return hides_secret();
  const bool is_near = text.starts_with("localhost") || text.starts_with("127.") || text.starts_with("[::1]");
  return invalid(quoted(text) + " has no scheme; write " + (is_near ? "http://" : "https://") +
                 text::shown(text));
}

Error no_url(std::string_view text) {
  return invalid(quoted(text) + " is no URL; write https://malti.example.com");
}

Error with_secret(const urls::url_view& url) {
  return invalid(
      "user and password can't stand in a URL; write " + std::string(url.scheme()) + "://" +
      text::shown(std::string_view(url.encoded_host_and_port().data(), url.encoded_host_and_port().size())) +
      " and give the key by itself");
}

// Boost 1.81 takes 65537 for 1.
std::optional<std::uint16_t> port_of(const urls::url_view& url) {
  std::uint16_t port = 0;
  const auto text = url.port();
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

Result<void> check_parts(const urls::url_view& url, std::string_view text, std::string_view scheme) {
  if (url.has_userinfo()) return with_secret(url);
  if (scheme != "http" && scheme != "https")
    return invalid(quoted(text) + ": the scheme " + quoted(scheme) +
                   " is unknown; write http:// or https://");
  if (url.encoded_host().empty())
    return invalid(quoted(text) + " names no host; write https://malti.example.com");
  // An escape in a host could smuggle a line break into a request's head.
  if (url.encoded_host().find('%') != std::string_view::npos)
    return invalid(quoted(text) + ": a host can't hold an escape; write the name itself");
  if (url.has_query() || url.has_fragment())
    return invalid(quoted(text) + ": an address ends with its path; leave out what begins with ? or #");
  if (!url.port().empty() && !port_of(url)) return invalid(quoted(text) + ": the port must be 1 to 65535");
  return {};
}

}  // namespace

std::string Url::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string out = is_v6 ? "[" + host + "]" : host;
  if (port != usual_port(scheme)) out.append(":").append(std::to_string(port));
  return out;
}

std::string Url::str() const {
  return scheme + "://" + authority() + path;
}

Result<Url> parse_url(std::string_view text) {
  if (text.find("://") == std::string_view::npos) return no_scheme(text);
  const std::size_t host_at = text.find("://") + 3;
  // Boost 1.81 reads 10.0.0.1.nip.io as the host 10.0.0.1 and the path .nip.io; behind a letter it does not.
  const bool guarded = host_at < text.size() && text[host_at] >= '0' && text[host_at] <= '9';
  const std::string guarded_text = std::string(text).insert(host_at, guarded ? "x" : "");
  const auto parsed = urls::parse_uri(guarded_text);
  if (!parsed || (!parsed->encoded_path().empty() && !parsed->encoded_path().starts_with('/')))
    return text.find('@') != std::string_view::npos ? hides_secret() : no_url(text);
  const urls::url_view& url = *parsed;
  const std::string scheme = text::lower({url.scheme().data(), url.scheme().size()});
  if (const auto right = check_parts(url, text, scheme); !right) return right.error();

  std::string host =
      text::lower({url.encoded_host().data(), url.encoded_host().size()}).substr(guarded ? 1 : 0);
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  std::string path(url.encoded_path().data(), url.encoded_path().size());
  while (path.ends_with('/')) path.pop_back();
  const std::uint16_t port = port_of(url).value_or(usual_port(scheme));
  return Url{scheme, std::move(host), port, std::move(path)};
}

}  // namespace pannier::net
