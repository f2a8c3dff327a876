// A daemon that can be observed over HTTP at its tcp_port(), for the tests that do. Threads: one.
#pragma once
#include "tests/doubles/http_asking.h"
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {

inline constexpr const char* observe =
    "observe: { address: \"127.0.0.1:@tcp@\", hosts: [metrics.example.com] }\n";

inline DaemonOptions observed(const ScriptedBackend& backend, Environment environment = {}) {
  DaemonOptions options = malti_options(backend, std::move(environment));
  options.config += observe;
  return options;
}

// The number at the end of the scrape's line that begins so.
inline std::uint64_t metric(const DaemonProcess& daemon, const std::string& series) {
  const std::string text = "\n" + get_http(daemon.tcp_port(), "/metrics").body;
  const std::size_t at = text.find("\n" + series + " ");
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + series.size() + 2));
}

}  // namespace pannier::end_to_end
