// A Malti behind a real nginx with TLS, with a certificate of every kind. Users: tests of TLS and of proxies.
// Threads: one.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "tests/doubles/certificates.h"
#include "tests/doubles/neighbour.h"
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {

class TlsMalti {
 public:
  // The servers, one port each: good, elsewhere (another name), expired, early, selfmade, demanding (a client
  // certificate), old (TLS 1.1 only).
  TlsMalti();

  [[nodiscard]] std::string url(const std::string& server, const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + std::to_string(port(server));
  }
  [[nodiscard]] std::uint16_t port(const std::string& server) const { return ports_.at(server); }
  [[nodiscard]] const Certificates& certificates() const { return certificates_; }
  [[nodiscard]] ScriptedBackend& backend() { return backend_; }
  [[nodiscard]] const Nginx& nginx() const { return *nginx_; }

  // A configuration whose deliver.malti has these members, too ("tls: { … }"); the test's CA is trusted where
  // they name no other.
  [[nodiscard]] std::string config(const std::string& url, const std::string& members = "") const;
  [[nodiscard]] DaemonOptions options(const std::string& url, const std::string& members = "",
                                      Environment environment = {}) const;
  [[nodiscard]] std::string trusted() const { return "tls: { ca: \"" + certificates_.ca() + "\" }"; }

 private:
  [[nodiscard]] std::string server(const std::string& name, const std::string& certificate,
                                   const std::string& more = "") const;
  TemporaryFolder folder_;
  Certificates certificates_;
  ScriptedBackend backend_{two_services()};
  std::map<std::string, std::uint16_t> ports_;
  std::unique_ptr<Nginx> nginx_;
};

// Waits until the lane of orders says so, and checks that nothing was lost by then.
void expect_trouble(const DaemonProcess& daemon, const std::string& why);

// All `records` arrive, each once, none dead.
void expect_arrived(const DaemonProcess& daemon, const ScriptedBackend& backend, std::uint64_t records);

// The cure was taken: they arrive, and none perhaps twice.
void expect_cured(const DaemonProcess& daemon, const ScriptedBackend& backend, std::uint64_t records);

}  // namespace pannier::end_to_end
