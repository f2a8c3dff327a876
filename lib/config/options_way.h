// The rows of tls and proxy, the same below every destination that is reached over HTTP.
// Users: the parts of the option table. Threads: constants.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "config/option.h"
#include "config/options_shared.h"

namespace pannier::config::table {

constexpr std::string no_word(const Value& value, std::string_view word) {
  return value.text == word ? std::string() : value.text;
}

using WayOf = deliver::Way& (*)(Settings&);

template <Name Destination, WayOf Way>
inline constexpr std::array way_rows{
    Option{
        .path = path_of<Destination, ".tls.ca">,
        .kind = Kind::path,
        .fallback = "system",
        .help = "A file of CA certificates (PEM) that is trusted instead of the system's; read at a reload.",
        .store = [](Settings& s, const Value& v) { Way(s).ca = no_word(v, "system"); }},
    Option{.path = path_of<Destination, ".tls.certificate">,
           .kind = Kind::path,
           .fallback = "none",
           .help = "A file with our own certificate and its chain (PEM), where the server wants one.",
           .store = [](Settings& s, const Value& v) { Way(s).certificate = no_word(v, "none"); }},
    Option{.path = path_of<Destination, ".tls.private_key">,
           .kind = Kind::path,
           .fallback = "none",
           .help = "The file with that certificate's key (PEM, without a password).",
           .store = [](Settings& s, const Value& v) { Way(s).private_key = no_word(v, "none"); }},
    Option{.path = path_of<Destination, ".tls.verify">,
           .kind = Kind::boolean,
           .fallback = "true",
           .help = "false: whoever answers is believed; for trying things out only.",
           .store = [](Settings& s, const Value& v) { Way(s).verify = v.truth; }},
    Option{.path = path_of<Destination, ".proxy">,
           .kind = Kind::choice,
           .fallback = "env",
           .choices = "env none",
           .help = "The HTTP proxy: env (HTTPS_PROXY, http_proxy, NO_PROXY), none, or settings below it.",
           .store =
               [](Settings& s, const Value& v) {
                 Way(s).proxy_from = v.text == "none" ? deliver::Way::ProxyFrom::nowhere
                                                      : deliver::Way::ProxyFrom::environment;
               }},
    Option{.path = path_of<Destination, ".proxy.url">,
           .kind = Kind::url,
           .fallback = "none",
           .none = true,
           .help = "The proxy's address; everything goes through it.",
           .example = "http://proxy:3128",
           .store = [](Settings& s, const Value& v) { Way(s).proxy_url = no_word(v, "none"); }},
    Option{.path = path_of<Destination, ".proxy.auth">,
           .kind = Kind::secret,
           .fallback = "none",
           .none = true,
           .help = "user:password for it; a file is read again when they are refused.",
           .example = "{ file: /run/secrets/proxy }",
           .store = [](Settings& s, const Value& v) { Way(s).proxy_auth = v.secret; }},
};

}  // namespace pannier::config::table
