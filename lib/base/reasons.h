// Every reason for which a record can end anywhere but at a backend: one enumeration for each account of the
// ledger. The names are a contract (status, metrics, manual); new ones are added at the end of their list.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pannier {

// A line that is no record. Listed in the order in which a faulty line is judged.
enum class Reject : std::uint8_t {
  too_long,
  utf8,
  json,
  duplicate,
  service,
  node,
  method,
  endpoint,
  path,
  status,
  response_time,
  created_at,
  started_at,
  consumer,
  context,
  request_headers,
  response_headers,
  request_body,
  response_body,
  client_ip,
  trace_id,
  span_id,
  parent_span_id,
  error,
  attributes,
  unterminated,
  hello,
  control,
  batch,
  count_
};
// A line that is faultless and yet no request.
enum class Filter : std::uint8_t { no_response, count_ };
// A record that one destination does not take.
enum class LeftOut : std::uint8_t {
  clean_mode,
  rule,
  not_session,
  unsampled,
  too_many_services,
  replay,
  health_check,
  count_
};
// A text that became (other), because its service has too many of them.
enum class Guarded : std::uint8_t { endpoint, consumer, count_ };
// A record that left a lane undelivered, for good.
enum class Drop : std::uint8_t { full, shutdown, corrupt, partial_success, count_ };
// Why a record became a dead letter.
enum class Dead : std::uint8_t {
  refused,
  too_large,
  server_error,
  max_age,
  max_attempts,
  key_refused,   // a key that a sender brought was never taken
  out_of_range,  // Malti would take it and then fail on its whole batch
  count_
};
// A dead letter that was removed.
enum class Purge : std::uint8_t { no_store, shutdown, age, bytes, by_hand, corrupt, count_ };
// A door that was shut: counted, in no sum.
enum class Limit : std::uint8_t {
  connections,
  connections_per_uid,
  uid,
  unfinished_line,
  partial_bytes,
  keys,  // lanes of keys that senders brought
  busy,  // HTTP requests that were sent away for want of room, or of a disk
  count_
};

template <typename Reason>
inline constexpr std::size_t count_of = static_cast<std::size_t>(Reason::count_);

namespace reasons {
inline constexpr std::array<std::string_view, count_of<Reject>> reject{"too_long",
                                                                       "utf8",
                                                                       "json",
                                                                       "duplicate",
                                                                       "service",
                                                                       "node",
                                                                       "method",
                                                                       "endpoint",
                                                                       "path",
                                                                       "status",
                                                                       "response_time",
                                                                       "created_at",
                                                                       "started_at",
                                                                       "consumer",
                                                                       "context",
                                                                       "request_headers",
                                                                       "response_headers",
                                                                       "request_body",
                                                                       "response_body",
                                                                       "client_ip",
                                                                       "trace_id",
                                                                       "span_id",
                                                                       "parent_span_id",
                                                                       "error",
                                                                       "attributes",
                                                                       "unterminated",
                                                                       "hello",
                                                                       "control",
                                                                       "batch"};
inline constexpr std::array<std::string_view, count_of<Filter>> filter{"no_response"};
inline constexpr std::array<std::string_view, count_of<LeftOut>> left_out{
    "clean_mode", "rule", "not_session", "unsampled", "too_many_services", "replay", "health_check"};
inline constexpr std::array<std::string_view, count_of<Guarded>> guarded{"endpoint", "consumer"};
inline constexpr std::array<std::string_view, count_of<Drop>> drop{"full", "shutdown", "corrupt",
                                                                   "partial_success"};
inline constexpr std::array<std::string_view, count_of<Dead>> dead{
    "refused", "too_large", "server_error", "max_age", "max_attempts", "key_refused", "out_of_range"};
inline constexpr std::array<std::string_view, count_of<Purge>> purge{"no_store", "shutdown", "age",
                                                                     "bytes",    "by_hand",  "corrupt"};
inline constexpr std::array<std::string_view, count_of<Limit>> limit{
    "connections", "connections_per_uid", "uid", "unfinished_line", "partial_bytes", "keys", "busy"};
}  // namespace reasons

constexpr std::string_view name(Reject reason) {
  return reasons::reject[static_cast<std::size_t>(reason)];
}
constexpr std::string_view name(Filter reason) {
  return reasons::filter[static_cast<std::size_t>(reason)];
}
constexpr std::string_view name(LeftOut reason) {
  return reasons::left_out[static_cast<std::size_t>(reason)];
}
constexpr std::string_view name(Guarded text) {
  return reasons::guarded[static_cast<std::size_t>(text)];
}
constexpr std::string_view name(Drop reason) {
  return reasons::drop[static_cast<std::size_t>(reason)];
}
constexpr std::string_view name(Dead reason) {
  return reasons::dead[static_cast<std::size_t>(reason)];
}
constexpr std::string_view name(Purge reason) {
  return reasons::purge[static_cast<std::size_t>(reason)];
}
constexpr std::string_view name(Limit reason) {
  return reasons::limit[static_cast<std::size_t>(reason)];
}

// As it stands in a Movement, whose account says of which enumeration it is.
template <typename Reason>
constexpr std::uint8_t number_of(Reason reason) {
  return static_cast<std::uint8_t>(reason);
}

}  // namespace pannier
