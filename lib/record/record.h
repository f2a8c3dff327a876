// One request that somebody served: what was called, how it ended, how long it took, by whom.
// Made by LineDecoder, changed in place by process, read by the destinations' encoders.
// All text is views into the receive buffer, the decoder's arena or the settings: dead once the line is done.
// Threads: a plain value of one intake thread.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace pannier::record {

using TraceId = std::array<std::uint8_t, 16>;  // all zero: none given
using SpanId = std::array<std::uint8_t, 8>;

struct Header {
  std::string_view name;  // as sent; compare without case
  std::string_view value;
};

// One of the record's own attributes, for OTLP. A number that fits neither type is its text.
struct Attribute {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// What a sender said of itself in its hello: names and values.
using Resource = std::vector<std::pair<std::string, std::string>>;

struct Record {
  std::string_view service, node;
  std::string_view method, endpoint, path;  // endpoint is empty until process made it from path
  std::string_view consumer, context, client_ip;
  std::span<const Header> request_headers, response_headers;
  std::span<const Attribute> attributes;
  const Resource* resource = nullptr;  // its sender's; none: a sender that said nothing. Not in is_plain
  TraceId trace{};
  SpanId span{}, parent{};
  SystemTime created_at{};      // when the response was finished
  double response_ms = 0;       // exact; 0 to 2147483647; from Malti's own ingest any whole number
  std::int32_t status = 0;      // 100 to 599; from Malti's own ingest whatever that takes
  bool has_created_at = false;  // else process sets the time of arrival
  // No text of this record needs escaping in JSON. Whoever puts other text in must keep this true or clear
  // it.
  bool is_plain = true;
  // An SDK of Malti has done its own steps already: consumer, endpoint, clean mode.
  bool is_processed = false;
  // Malti would take it, and then fail on its whole batch: it becomes a dead letter.
  bool is_doomed = false;
};

}  // namespace pannier::record
