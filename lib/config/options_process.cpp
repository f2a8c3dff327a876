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
    Option{.path = "process.consumer.trusted_proxies", .built = false, .harmless = "none"},
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
                   "expression.",
           .example = "[ { match: \"/users/{id}\", as: \"/users/{user_id}\" } ]",
           .store = [](Settings& s, const Value& v) { s.process.endpoints = v.rules; }},
    Option{.path = "process.strict", .built = false, .harmless = "false"},
    Option{.path = "process.drop", .kind = Kind::rules, .built = false, .harmless = "[]"},
    Option{.path = "process.cardinality", .kind = Kind::group, .built = false, .harmless = "off"},
    Option{.path = "process.cardinality.endpoints", .built = false},
    Option{.path = "process.cardinality.consumers", .built = false},
    Option{.path = "process.context", .built = false, .harmless = "none"},
    Option{.path = "process.context.headers", .built = false},
    Option{.path = "process.context.template", .built = false},
};

}  // namespace

std::span<const Option> process() {
  return rows;
}

}  // namespace pannier::config::table
