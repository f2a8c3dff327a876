// The rows of tls and proxy, the same below every destination that is reached over HTTP:
//   constexpr auto rows = joined(rows_before, way_rows<"deliver.malti", malti_way>, rows_behind);
// Users: the parts of the option table. Threads: constants.
#pragma once
#include <algorithm>
#include <array>
#include <string_view>

#include "config/option.h"

namespace pannier::config::table {

// A text that can be a template's argument.
template <std::size_t Size>
struct Name {
  std::array<char, Size> text{};
  consteval Name(const char (&from)[Size]) { std::copy_n(from, Size, text.begin()); }  // NOLINT: from "…"
  [[nodiscard]] constexpr std::string_view view() const { return {text.data(), Size - 1}; }
};

template <Name Left, Name Right>
inline constexpr auto path_text = [] {
  std::array<char, Left.view().size() + Right.view().size()> text{};
  std::ranges::copy(Right.view(), std::ranges::copy(Left.view(), text.begin()).out);
  return text;
}();
template <Name Left, Name Right>
inline constexpr std::string_view path_of{path_text<Left, Right>.data(), path_text<Left, Right>.size()};

constexpr std::string no_word(const Value& value, std::string_view word) {
  return value.text == word ? std::string() : value.text;
}

template <std::size_t... Sizes>
constexpr auto joined(const std::array<Option, Sizes>&... parts) {
  std::array<Option, (Sizes + ...)> all{};
  auto next = all.begin();
  ((next = std::copy(parts.begin(), parts.end(), next)), ...);
  return all;
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
