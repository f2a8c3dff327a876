#include "config/environment.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): unsetenv is POSIX
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace pannier::config {
namespace {

constexpr std::array<std::string_view, 16> looked_at_later{
    "HOME",       "LANG",        "LISTEN_FDNAMES", "LISTEN_FDS",
    "LISTEN_PID", "LOCALDOMAIN", "NOTIFY_SOCKET",  "OPENSSL_CONF",
    "PATH",       "RES_OPTIONS", "SSL_CERT_DIR",   "SSL_CERT_FILE",
    "TZ",         "TZDIR",       "WATCHDOG_PID",   "WATCHDOG_USEC"};

bool stays(std::string_view name) {
  return std::ranges::binary_search(looked_at_later, name) || name.starts_with("LC_") ||
         name.ends_with("SAN_OPTIONS");
}

}  // namespace

Environment Environment::capture() {
  Variables variables;
  for (char** next = environ; next != nullptr && *next != nullptr; ++next) {
    const std::string_view pair = *next;
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) variables.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return Environment(std::move(variables));
}

// REQUIRES: no other thread yet.
void Environment::forget() {
  std::vector<std::string> names;
  for (char** next = environ; next != nullptr && *next != nullptr; ++next) {
    const std::string_view pair = *next;
    const std::string_view name = pair.substr(0, pair.find('='));
    if (stays(name)) continue;
    names.emplace_back(name);
    explicit_bzero(*next + name.size(), pair.size() - name.size());
    if (name.size() < pair.size()) (*next)[name.size()] = '=';
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): see above
}

std::optional<std::string_view> Environment::get(std::string_view name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

std::string_view Environment::text(std::string_view name) const {
  return get(name).value_or(std::string_view());
}

}  // namespace pannier::config
