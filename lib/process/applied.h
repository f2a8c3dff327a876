// What decided in the common steps, for `pannier explain`: numbers only, no text. Made by Steps::apply for
// every record; most callers drop it. Threads: a plain value. Cost: none worth naming.
#pragma once
#include <cstdint>

namespace pannier::process {

enum class EndpointFrom : std::uint8_t {
  record,     // it came with the record; at most respelled
  rule,       // the rule `endpoint_rule` matched its path
  built_in,   // its path, without ids
  no_route,   // process.strict, and no rule matched its path
  processed,  // an SDK of Malti named it
};
enum class ConsumerFrom : std::uint8_t {
  record,
  header,     // `consumer_header`
  forwarded,  // an address of X-Forwarded-For
  client_ip,
  nobody,     // anonymous
  processed,  // an SDK of Malti named it, or nobody
};
enum class ContextFrom : std::uint8_t {
  none,
  record,
  header,     // `context_header`
  templated,  // process.context.template
};

struct Applied {
  EndpointFrom endpoint{};
  ConsumerFrom consumer{};
  ContextFrom context{};
  std::uint16_t endpoint_rule = 0;    // index in Options::endpoints
  std::uint16_t consumer_header = 0;  // index in Options::consumer_headers
  std::uint16_t context_header = 0;   // index in Options::context_headers
};

}  // namespace pannier::process
