#include "tests/soak/setting.h"

#include <array>

namespace pannier::soak {
namespace {

struct Version {
  const char *keys, *clean_mode, *malti_batch, *otlp_batch, *otlp_form, *connections, *log;
};

constexpr const char* all_keys =
    "{ orders: key-orders, stock: key-stock, users: { file: \"@folder@/users.key\" } }";

constexpr std::array<Version, versions> all{{
    {all_keys, "true", "{ records: 100, interval: 300ms }", "{ records: 200, interval: 300ms }",
     "encoding: protobuf\n    compression: gzip", "2", "info"},
    {all_keys, "false", "{ records: 500, interval: 1s }", "{ records: 100, interval: 200ms }",
     "encoding: json\n    compression: gzip", "1", "info"},
    {all_keys, "true", "{ records: 50, interval: 100ms, bytes: 8KiB }", "{ records: 1000, interval: 2s }",
     "encoding: protobuf\n    compression: none", "4", "warn"},
    // A key is gone for a while: its lane keeps all.
    {"{ orders: key-orders, stock: key-stock }", "true", "{ records: 200, interval: 500ms }",
     "{ records: 200, interval: 300ms }", "encoding: protobuf\n    compression: gzip", "2", "info"},
    {all_keys, "true", "{ records: 300, interval: 300ms }", "{ records: 300, interval: 300ms, bytes: 16KiB }",
     "encoding: json\n    compression: none", "3", "info"},
    {all_keys, "true", "{ records: 100, interval: 300ms }", "{ records: 200, interval: 300ms }",
     "encoding: protobuf\n    compression: gzip", "2", "error"},
}};

std::string way(const std::string& url, const char* batch, const char* connections) {
  return std::string("    url: ") + url + "\n    batch: " + batch +
         "\n    retry: { base: 100ms, cap: 1s }\n    timeout: 2s\n    connections: " + connections + "\n";
}

}  // namespace

std::string config(const Setting& setting, unsigned version) {
  const Version& chosen = all[version % versions];
  return std::string("service: orders\nnode: soak\nmemory: 24MiB\n") +
         "receive:\n  unix_stream: { path: \"@folder@/pannier.sock\" }\n"
         "  unix_datagram: { path: \"@folder@/pannier.dgram\" }\n"
         "  udp: { address: \"127.0.0.1:@udp@\" }\n"
         "control: { path: \"@folder@/control/control.sock\" }\n"
         "observe: { address: \"127.0.0.1:@tcp@\" }\n"
         "spool: { path: \"@folder@/spool.db\", mode: " +
         (setting.kills ? "always" : "overflow") + " }\nlog: { level: " + chosen.log +
         " }\ndeliver:\n  malti:\n    keys: " + chosen.keys + "\n    clean_mode: " + chosen.clean_mode +
         "\n" + way(setting.malti_url, chosen.malti_batch, chosen.connections) +
         "  multiplayer:\n    key: key-otlp\n    send: all\n    " + chosen.otlp_form + "\n" +
         way(setting.otlp_url, chosen.otlp_batch, chosen.connections);
}

std::string faulty_config(const Setting& setting) {
  return config(setting, usual_version) + "limits: { lanes: 0 }\nnonsense: yes\n";
}

}  // namespace pannier::soak
