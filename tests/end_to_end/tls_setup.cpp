#include "tests/end_to_end/tls_setup.h"

namespace pannier::end_to_end {

TlsMalti::TlsMalti() : certificates_(folder_ / "certificates") {
  certificates_.make({.name = "good", .subject = "DNS:malti.test,DNS:localhost,IP:127.0.0.1"});
  certificates_.make({.name = "elsewhere", .subject = "DNS:other.test"});
  certificates_.make({.name = "expired", .until = "20200102000000Z"});
  certificates_.make({.name = "early", .from = "20980101000000Z"});
  certificates_.make({.name = "selfmade", .self_signed = true});
  certificates_.make({.name = "client"});
  std::vector<std::uint16_t> ports;
  for (const std::string name : {"good", "elsewhere", "expired", "early", "selfmade", "demanding", "old"})
    ports.push_back(ports_[name] = free_tcp_port());
  std::string servers;
  for (const std::string name : {"good", "elsewhere", "expired", "early", "selfmade"})
    servers += server(name, name);
  servers +=
      server("demanding", "good", "ssl_verify_client on; ssl_client_certificate " + certificates_.ca() + ";");
  servers += server("old", "good", "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;");
  nginx_ = std::make_unique<Nginx>(servers, ports);
}

std::string TlsMalti::server(const std::string& name, const std::string& certificate,
                             const std::string& more) const {
  return "server { listen 127.0.0.1:" + std::to_string(port(name)) + " ssl; ssl_certificate " +
         certificates_.certificate(certificate) + "; ssl_certificate_key " + certificates_.key(certificate) +
         "; " + more + " location / { proxy_pass " + backend_.url() + "; } }\n";
}

std::string TlsMalti::config(const std::string& url, const std::string& members) const {
  std::string config = malti_config(url);
  const std::string& below =
      members.find("tls:") == std::string::npos ? trusted() + "\n    " + members : members;
  return config + "    " + below + "\n";
}

DaemonOptions TlsMalti::options(const std::string& url, const std::string& members,
                                Environment environment) const {
  DaemonOptions options;
  options.config = config(url, members);
  options.environment = std::move(environment);
  return options;
}

void expect_trouble(const DaemonProcess& daemon, const std::string& why) {
  wait_for_state(daemon, orders, "backing_off", why);
  expect_logged(daemon, why);
  const CommandResult status = daemon.command({"status", "--control", daemon.control_path()});
  EXPECT_NE(status.output.find(why), std::string::npos) << status.output;
  expect_balanced(daemon);
}

void expect_arrived(const DaemonProcess& daemon, const ScriptedBackend& backend, std::uint64_t records) {
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, records));
  EXPECT_EQ(backend.stored_records(), records);
  const std::string lane = orders;
  EXPECT_EQ(status.number(lane + "/delivered"), records);
  EXPECT_EQ(status.number(lane + "/dead"), 0U);
  EXPECT_EQ(status.sum(lane + "/dropped"), 0U);
}

void expect_cured(const DaemonProcess& daemon, const ScriptedBackend& backend, std::uint64_t records) {
  expect_arrived(daemon, backend, records);
  EXPECT_EQ(daemon.status_json().number(std::string(orders) + "/maybe_twice"), 0U) << "nobody had read it";
}

}  // namespace pannier::end_to_end
