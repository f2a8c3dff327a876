// The HTTP proxy between us and a backend: which one, if any, and what it is told. https goes through a
// tunnel (CONNECT), http as a request for the whole URL. The environment's variables as curl reads them:
// HTTPS_PROXY for https, http_proxy (lower case only: a CGI's HTTP_PROXY is a request's header) for http,
// NO_PROXY against both; lower case first. This host itself is never reached through the environment's proxy.
// Users: config (decides), http_client and http_connection. Threads: pure functions.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"
#include "net/url.h"

namespace pannier::net {

struct Proxy {
  std::string host;  // as in a Url
  std::uint16_t port = 0;
  Secret auth;  // user:password; empty: none

  [[nodiscard]] std::string authority() const;  // "proxy:3128"; nothing secret
  bool operator==(const Proxy&) const = default;
};

// "http://proxy:3128" or "proxy:3128", with "user:password@" in front where `may_hold_auth`. The message
// never shows what may be a password.
Result<Proxy> parse_proxy(std::string_view text, bool may_hold_auth);

// The value of a variable; empty where it is unset.
using Variable = std::function<std::string_view(std::string_view name)>;

struct EnvironmentProxy {
  std::string variable;  // that names it
  Proxy proxy;
};
// The environment's proxy for this URL. Its error begins with the variable's name.
Result<std::optional<EnvironmentProxy>> environment_proxy(const Variable& variable, const Url& url);

// Whether a NO_PROXY text names this URL: "*", "example.com" (and what ends with .example.com),
// ".example.com", an IP address, a network in CIDR, each with or without ":port"; parted by commas or blanks.
bool is_named_in(std::string_view no_proxy, const Url& url);

// This host: localhost and what ends so, 127.0.0.0/8, ::1.
bool is_this_host(std::string_view host);

std::string host_and_port(std::string_view host, std::uint16_t port);  // "h:443", "[::1]:443"

// The request that asks for a tunnel to `url`, and the header for a plain one ("Basic …").
std::string tunnel_request(const Proxy& proxy, const Url& url, std::string_view user_agent);
std::string proxy_authorization(const Secret& auth);

}  // namespace pannier::net
