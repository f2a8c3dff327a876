#include "deliver/otlp/span_filter.h"

#include <cmath>
#include <cstring>

namespace pannier::deliver::otlp {
namespace {

constexpr double two_to_64 = 0x1.0p64;

template <std::size_t N>
bool is_none(const std::array<std::uint8_t, N>& id) {
  return id == std::array<std::uint8_t, N>{};
}

// Chance must not make a session's id (debdeb, cdbcdb, debcdb, cdbcac, d0cd0c): their first bytes are left
// out.
bool may_begin_a_session(std::uint8_t first) {
  return first == 0xde || first == 0xcd || first == 0xd0;
}

record::TraceId new_trace_id(Random& random) {
  record::TraceId id;
  do {
    const std::uint64_t halves[]{random.next(), random.next()};
    std::memcpy(id.data(), halves, id.size());
  } while (may_begin_a_session(id[0]) || is_none(id));
  return id;
}

record::SpanId new_span_id(Random& random) {
  record::SpanId id;
  do {
    const std::uint64_t bits = random.next();
    std::memcpy(id.data(), &bits, id.size());
  } while (is_none(id));
  return id;
}

}  // namespace

bool is_session(const record::TraceId& trace) {
  const std::uint32_t begin =
      static_cast<std::uint32_t>(trace[0]) << 16U | static_cast<std::uint32_t>(trace[1]) << 8U | trace[2];
  return begin == 0xdebdeb || begin == 0xcdbcdb || begin == 0xdebcdb;
}

bool is_health_check(const record::Record& record) {
  return record.endpoint == "/health" || record.endpoint == "/healthz" || record.path == "/v1/traces" ||
         record.path == "/v1/logs" || record.path == "/jaeger/v1/traces";
}

SpanFilter::SpanFilter(Send send, double ratio)
    : send_(send),
      takes_all_(std::round(ratio * two_to_64) >= two_to_64),
      below_(takes_all_ ? 0 : static_cast<std::uint64_t>(std::round(ratio * two_to_64))) {}

void SpanFilter::prepare(record::Record& record, Random& random) const {
  if (is_none(record.trace)) {
    if (send_ == Send::sessions) return;
    record.trace = new_trace_id(random);
  }
  if (is_none(record.span)) record.span = new_span_id(random);
}

std::optional<LeftOut> SpanFilter::leaves_out(const record::Record& record) const {
  if (is_health_check(record)) return LeftOut::health_check;
  if (send_ == Send::all || is_session(record.trace)) return std::nullopt;
  if (send_ == Send::sessions) return LeftOut::not_session;
  return is_sampled(record.trace) ? std::nullopt : std::optional(LeftOut::unsampled);
}

// As the SDKs' samplers decide, so that all spans of a trace share one fate.
bool SpanFilter::is_sampled(const record::TraceId& trace) const {
  if (takes_all_) return true;
  std::uint64_t low = 0;
  for (std::size_t i = 8; i < trace.size(); ++i) low = low << 8U | trace[i];
  return low < below_;
}

}  // namespace pannier::deliver::otlp
