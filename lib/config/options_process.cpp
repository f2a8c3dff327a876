#include <array>

#include "config/option_table.h"

namespace pannier::config::table {
namespace {

constexpr std::array rows{
    Option{.path = "process.consumer.headers",
           .kind = Kind::texts,
           .fallback = "x-consumer-id,x-user-id,consumer-id,user-id",
           .help = "Request headers that name the consumer where the record does not; the first one counts.",
           .store = [](Settings& s, const Value& v) { s.process.consumer_headers = v.items; }},
    Option{.path = "process.consumer.use_ip",
           .kind = Kind::boolean,
           .fallback = "false",
           .help = "Then the client's IP address, before `anonymous`.",
           .sdk = Sdk::only_true,
           .variable = "MALTI_USE_IP_AS_CONSUMER",
           .store = [](Settings& s, const Value& v) { s.process.consumer_use_ip = v.truth; }},
    Option{.path = "process.consumer.trusted_proxies",
           .kind = Kind::networks,
           .fallback = "none",
           .none = true,
           .help =
               "Proxies whose X-Forwarded-For is believed, read from its end; none: its first address is, "
               "whoever wrote it.",
           .example = "[10.0.0.0/8, 127.0.0.1]",
           .store = [](Settings& s, const Value& v) { s.process.trusted_proxies = v.items; }},
    Option{.path = "process.anonymize_ip",
           .kind = Kind::boolean,
           .fallback = "false",
           .help = "IP addresses lose their last octet, or their last four groups.",
           .sdk = Sdk::only_true,
           .variable = "MALTI_IP_ANONYMIZE",
           .store = [](Settings& s, const Value& v) { s.process.anonymize_ip = v.truth; }},
    Option{.path = "process.endpoints",
           .kind = Kind::rules,
           .help = "What a raw path becomes; the first match wins: literal, {param} pattern, or ~ and an RE2 "
                   "expression, whose captures are \\1 to \\9 in `as`.",
           .example = "[ { match: \"/users/{id}\", as: \"/users/{user_id}\" } ]",
           .store = [](Settings& s, const Value& v) { s.process.endpoints = v.rules; }},
    Option{
        .path = "process.strict",
        .kind = Kind::boolean,
        .fallback = "false",
        .help = "true: a raw path that no rule matches is (no route), instead of the path without its ids.",
        .store = [](Settings& s, const Value& v) { s.process.strict = v.truth; }},
    Option{
        .path = "process.drop",
        .kind = Kind::drop_rules,
        .help = "Records that Malti or the local store leaves out: all conditions of one rule hold; status, "
                "method, endpoint, consumer, service.",
        .example = "[ { status: [404, 5xx], method: [HEAD], endpoint: \"~ /internal/.*\", for: [malti] } ]",
        .store = [](Settings& s, const Value& v) { s.process.drop = v.drop; }},
    Option{.path = "process.cardinality",
           .kind = Kind::group,
           .fallback = "on",
           .help =
               "How many distinct values of a service Malti and the local store get; later ones are (other). "
               "off: all.",
           .store = [](Settings& s, const Value& v) { s.process.cardinality.enabled = v.truth; }},
    Option{.path = "process.cardinality.endpoints",
           .kind = Kind::integer,
           .fallback = "1000",
           .least = "1",
           .most = "100000",
           .help = "Endpoints of a service.",
           .store =
               [](Settings& s, const Value& v) {
                 s.process.cardinality.endpoints = static_cast<std::uint32_t>(v.number);
               }},
    Option{.path = "process.cardinality.consumers",
           .kind = Kind::integer,
           .fallback = "10000",
           .least = "1",
           .most = "100000",
           .help = "Consumers of a service.",
           .store =
               [](Settings& s, const Value& v) {
                 s.process.cardinality.consumers = static_cast<std::uint32_t>(v.number);
               }},
    Option{.path = "process.context",
           .kind = Kind::choice,
           .fallback = "none",
           .choices = "none",
           .help = "Where Malti's context comes from, if the record has none: none, or settings below it.",
           .store = [](Settings&, const Value&) {}},
    Option{.path = "process.context.headers",
           .kind = Kind::texts,
           .help = "Request headers that hold it; the first one counts, before the template.",
           .example = "[x-malti-context]",
           .store = [](Settings& s, const Value& v) { s.process.context_headers = v.items; }},
    Option{
        .path = "process.context.template",
        .kind = Kind::pattern,
        .fallback = "none",
        .none = true,
        .help =
            "A text with {trace_id}, {span_id}, {service}, {node}, {method}, {endpoint}, {path}, {status}, "
            "{consumer}, {client_ip} and {header:NAME}.",
        .example = "\"{trace_id}\"",
        .store = [](Settings& s,
                    const Value& v) { s.process.context_template = v.text == "none" ? "" : v.text; }},
};

}  // namespace

std::span<const Option> process() {
  return rows;
}

}  // namespace pannier::config::table
