#include "record/telling.h"

#include <simdjson.h>

#include <array>

#include "base/text.h"
#include "record/fields.h"

namespace pannier::record {
namespace {

constexpr std::size_t most_told = 20;
constexpr std::size_t longest_name = 100;  // bytes; what is behind them helps nobody

// In the order of Field.
constexpr std::array<std::string_view, static_cast<std::size_t>(Field::unknown)> names{"service",
                                                                                       "node",
                                                                                       "method",
                                                                                       "endpoint",
                                                                                       "path",
                                                                                       "status",
                                                                                       "response_time",
                                                                                       "response_time_s",
                                                                                       "response_time_us",
                                                                                       "created_at",
                                                                                       "started_at",
                                                                                       "consumer",
                                                                                       "context",
                                                                                       "request_headers",
                                                                                       "response_headers",
                                                                                       "request_body",
                                                                                       "response_body",
                                                                                       "request_body_cut",
                                                                                       "response_body_cut",
                                                                                       "client_ip",
                                                                                       "trace_id",
                                                                                       "span_id",
                                                                                       "parent_span_id",
                                                                                       "error",
                                                                                       "attributes"};

constexpr std::string_view name_rule = "a text of 1 to 100 characters, no control characters, no /";
constexpr std::string_view text_rule = "a text, without \\u0000 or half a surrogate pair";
constexpr std::string_view time_rule =
    "ISO 8601 with Z or an offset, or epoch seconds, in the years 2000 to 2100";
constexpr std::string_view headers_rule = "an object whose values are texts";
constexpr std::string_view body_rule = "a text, an object or an array, and its _cut true or false";

}  // namespace

std::vector<UnknownField> unknown_fields_of(std::string_view line) {
  std::vector<UnknownField> unknown;
  simdjson::dom::parser parser;
  simdjson::dom::object fields;
  if (parser.parse(simdjson::padded_string(line)).get(fields)) return unknown;
  for (const simdjson::dom::key_value_pair field : fields) {
    if (field_named(field.key) != Field::unknown) continue;
    if (unknown.size() == most_told) break;
    const std::string_view name = text::utf8_prefix(field.key, longest_name);
    unknown.push_back({std::string(name), text::nearest(name, names)});
  }
  return unknown;
}

std::string_view rule_of(Reject reason) {
  switch (reason) {
    case Reject::too_long: return "a line (a datagram) is no longer than limits.line (limits.datagram)";
    case Reject::utf8: return "a line is UTF-8";
    case Reject::json: return "a line is one whole JSON object and nothing behind it";
    case Reject::duplicate: return "a known field stands in it once";
    case Reject::service:
    case Reject::node: return name_rule;
    case Reject::method: return "a text, and not empty";
    case Reject::endpoint: return "a text, and not empty unless there is a path";
    case Reject::status: return "a whole number from 100 to 599, or 0 or -1 where no answer was given";
    case Reject::response_time:
      return "exactly one of response_time (ms), response_time_s and response_time_us, from 0 to 2147483647 "
             "ms";
    case Reject::created_at:
    case Reject::started_at: return time_rule;
    case Reject::path:
    case Reject::consumer:
    case Reject::context:
    case Reject::client_ip: return text_rule;
    case Reject::request_headers:
    case Reject::response_headers: return headers_rule;
    case Reject::request_body:
    case Reject::response_body: return body_rule;
    case Reject::trace_id: return "32 hex digits, or empty";
    case Reject::span_id:
    case Reject::parent_span_id: return "16 hex digits, or empty";
    case Reject::error: return "an object; its type, message and stack are texts";
    case Reject::attributes: return "an object of texts, numbers, booleans and nulls";
    case Reject::unterminated: return "a line ends with a newline";
    case Reject::hello:
      return "a hello is the first line of a stream, and all its members are as WIRE.md says";
    case Reject::control:
      return "welcome, session and ack are the daemon's own words; client_dropped is a count";
    case Reject::batch: return "all records of the body are good";
    case Reject::count_: break;
  }
  return {};
}

}  // namespace pannier::record
