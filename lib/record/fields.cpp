#include "record/fields.h"

#include <array>

namespace pannier::record {

namespace {

// One comparison for each of the names that have the key's length, or as few as a character decides.
Field short_field(std::string_view key) {
  const auto is = [key](std::string_view name, Field field) { return key == name ? field : Field::unknown; };
  switch (key.size()) {
    case 4: return key[0] == 'n' ? is("node", Field::node) : is("path", Field::path);
    case 5: return is("error", Field::error);
    case 6: return key[0] == 'm' ? is("method", Field::method) : is("status", Field::status);
    case 7:
      if (key[0] == 'c') return is("context", Field::context);
      return key[1] == 'e' ? is("service", Field::service) : is("span_id", Field::span_id);
    case 8:
      if (key[0] == 'e') return is("endpoint", Field::endpoint);
      return key[0] == 'c' ? is("consumer", Field::consumer) : is("trace_id", Field::trace_id);
    default: return is("client_ip", Field::client_ip);
  }
}

Field long_field(std::string_view key) {
  const auto is = [key](std::string_view name, Field field) { return key == name ? field : Field::unknown; };
  switch (key.size()) {
    case 10:
      if (key[0] == 'c') return is("created_at", Field::created_at);
      return key[0] == 's' ? is("started_at", Field::started_at) : is("attributes", Field::attributes);
    case 12: return is("request_body", Field::request_body);
    case 13:
      return key[9] == 't' ? is("response_time", Field::response_time)
                           : is("response_body", Field::response_body);
    case 14: return is("parent_span_id", Field::parent_span_id);
    case 15:
      return key[2] == 's' ? is("response_time_s", Field::response_time_s)
                           : is("request_headers", Field::request_headers);
    case 16:
      if (key[2] == 'q') return is("request_body_cut", Field::request_body_cut);
      return key[9] == 't' ? is("response_time_us", Field::response_time_us)
                           : is("response_headers", Field::response_headers);
    case 17: return is("response_body_cut", Field::response_body_cut);
    default: return Field::unknown;
  }
}

}  // namespace

Field field_named(std::string_view key) {
  return key.size() < 10 ? short_field(key) : long_field(key);
}

Reject reject_for(Field field) {
  static constexpr std::array<Reject, static_cast<std::size_t>(Field::unknown)> reasons{
      Reject::service,
      Reject::node,
      Reject::method,
      Reject::endpoint,
      Reject::path,
      Reject::status,
      Reject::response_time,
      Reject::response_time,
      Reject::response_time,
      Reject::created_at,
      Reject::started_at,
      Reject::consumer,
      Reject::context,
      Reject::request_headers,
      Reject::response_headers,
      Reject::request_body,
      Reject::response_body,
      Reject::request_body,
      Reject::response_body,
      Reject::client_ip,
      Reject::trace_id,
      Reject::span_id,
      Reject::parent_span_id,
      Reject::error,
      Reject::attributes};
  return reasons[static_cast<std::size_t>(field)];
}

}  // namespace pannier::record
