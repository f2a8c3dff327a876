#include "net/proxy.h"

#include <openssl/evp.h>

#include "base/text.h"

namespace pannier::net {
namespace {

Error invalid(std::string message) {
  return {ErrorCode::invalid, std::move(message)};
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// user:password as it stands in a URL: with %40 for an @.
std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  if (text::has_control_character(out)) return std::nullopt;
  return out;
}

Result<Proxy> at_address(std::string_view text) {
  const auto url = parse_url("http://" + std::string(text));
  if (!url) return invalid(url.error().message);
  if (!url->path.empty()) return invalid("a proxy's address has no path; write http://" + url->authority());
  return Proxy{url->host, url->port, {}};
}

}  // namespace

std::string host_and_port(std::string_view host, std::uint16_t port) {
  std::string out(host);
  if (host.find(':') != std::string_view::npos) out = "[" + out + "]";
  return out.append(":").append(std::to_string(port));
}

std::string Proxy::authority() const {
  return host_and_port(host, port);
}

Result<Proxy> parse_proxy(std::string_view text, bool may_hold_auth) {
  const std::size_t scheme_end = text.find("://");
  const std::string scheme =
      text::lower(text.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end));
  if (!scheme.empty() && scheme != "http")
    return invalid("a proxy is spoken to over plain HTTP; write http://proxy:3128");
  std::string_view rest = scheme.empty() ? text : text.substr(scheme_end + 3);
  const std::size_t at = rest.rfind('@');
  if (at == std::string_view::npos) return at_address(rest);
  if (!may_hold_auth)
    return invalid("user and password have no place in a URL; write http://proxy:3128, and them into auth");
  auto auth = unescaped(rest.substr(0, at));
  if (!auth || auth->find(':') == std::string::npos)
    return invalid("before the @ stands no user:password; write http://user:password@proxy:3128");
  auto proxy = at_address(rest.substr(at + 1));
  if (proxy) proxy->auth = Secret(std::move(*auth));
  return proxy;
}

Result<std::optional<EnvironmentProxy>> environment_proxy(const Variable& variable, const Url& url) {
  const auto first = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
      if (const std::string_view text = text::trimmed(variable(name)); !text.empty())
        return std::pair(name, text);
    return std::pair(std::string_view(), std::string_view());
  };
  if (is_this_host(url.host)) return std::nullopt;
  const auto [name, text] =
      url.scheme == "https" ? first({"https_proxy", "HTTPS_PROXY"}) : first({"http_proxy"});
  if (name.empty() || is_named_in(first({"no_proxy", "NO_PROXY"}).second, url)) return std::nullopt;
  auto proxy = parse_proxy(text, true);
  if (!proxy) return proxy.error().within(name);
  return EnvironmentProxy{std::string(name), std::move(*proxy)};
}

std::string tunnel_request(const Proxy& proxy, const Url& url, std::string_view user_agent) {
  const std::string target = host_and_port(url.host, url.port);
  std::string head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\nUser-Agent: ";
  head.append(user_agent).append("\r\n");
  if (!proxy.auth.empty())
    head.append("Proxy-Authorization: ").append(proxy_authorization(proxy.auth)).append("\r\n");
  return head.append("\r\n");
}

std::string proxy_authorization(const Secret& auth) {
  const std::string_view plain = auth.reveal();
  std::string coded((plain.size() + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                  reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
  coded.pop_back();
  return "Basic " + coded;
}

}  // namespace pannier::net
