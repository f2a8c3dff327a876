// The names of a record's fields on the wire and what each is judged by. Private to the room; see WIRE.md.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/reasons.h"

namespace pannier::record {

enum class Field : std::uint8_t {
  service,
  node,
  method,
  endpoint,
  path,
  status,
  response_time,
  response_time_s,
  response_time_us,
  created_at,
  started_at,
  consumer,
  context,
  request_headers,
  response_headers,
  request_body,
  response_body,
  request_body_cut,
  response_body_cut,
  client_ip,
  trace_id,
  span_id,
  parent_span_id,
  error,
  attributes,
  unknown
};

// Cost: one switch on the length and one comparison or two.
Field field_named(std::string_view key);

// The reason by which a fault in this field is counted. REQUIRES: a known field.
Reject reject_for(Field field);

}  // namespace pannier::record
