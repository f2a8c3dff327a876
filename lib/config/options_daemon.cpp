#include <array>

#include "config/option_table.h"

namespace pannier::config::table {
namespace {

using std::chrono::milliseconds;

constexpr std::array rows{
    Option{.path = "control.path",
           .kind = Kind::socket,
           .fallback = "{control}/control.sock",
           .help = "Where commands reach the daemon; keep it out of directories that applications share.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.control.path = v.text; }},
    Option{.path = "control.read_group",
           .kind = Kind::text,
           .fallback = "none",
           .none = true,
           .help = "The group whose members may ask for status and health.",
           .restart = true,
           .store = [](Settings& s,
                       const Value& v) { s.control.read_group = v.text == "none" ? std::string() : v.text; }},
    Option{.path = "observe",
           .kind = Kind::group,
           .fallback = "off",
           .help = "/metrics, /healthz, /readyz, /delivering and /stats over HTTP; off until named.",
           .restart = true,
           .woken_by = "*",
           .store = [](Settings& s, const Value& v) { s.observe.enabled = v.truth; }},
    Option{.path = "observe.address",
           .kind = Kind::address,
           .fallback = "127.0.0.1:6259",
           .help = "IP address and port.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.observe.address = v.text; }},
    Option{.path = "observe.allow_remote",
           .kind = Kind::boolean,
           .fallback = "false",
           .help = "Must be true for an address beyond loopback.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.observe.allow_remote = v.truth; }},
    Option{.path = "observe.hosts",
           .kind = Kind::hosts,
           .help = "Names by which requests may call this host, beside its addresses and localhost.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.observe.hosts = v.items; }},
    Option{.path = "log.level",
           .kind = Kind::choice,
           .fallback = "info",
           .choices = "debug info warn error",
           .help = "The least that is logged.",
           .store = [](Settings& s, const Value& v) { s.log.level = v.text; }},
    Option{.path = "log.format",
           .kind = Kind::choice,
           .fallback = "text",
           .choices = "text json",
           .help = "How a log line looks.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.log.format = v.text; }},
    Option{.path = "shutdown.timeout",
           .kind = Kind::duration,
           .fallback = "10s",
           .least = "0s",
           .most = "1h",
           .help = "How long what is held is still sent after SIGTERM.",
           .store = [](Settings& s, const Value& v) { s.shutdown.timeout = rounded<milliseconds>(v); }},
    Option{
        .path = "shutdown.wait_for_clients",
        .kind = Kind::duration,
        .fallback = "0s",
        .least = "0s",
        .most = "1h",
        .help = "How long records are still accepted before that, while a client is connected.",
        .store = [](Settings& s, const Value& v) { s.shutdown.wait_for_clients = rounded<milliseconds>(v); }},
};

}  // namespace

std::span<const Option> daemon() {
  return rows;
}

}  // namespace pannier::config::table
