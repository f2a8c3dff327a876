#include "deliver/otlp/span_filter.h"

#include <cmath>

#include "record/new_ids.h"

namespace pannier::deliver::otlp {
namespace {

constexpr double two_to_64 = 0x1.0p64;

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
  if (record::is_none(record.trace)) {
    if (send_ == Send::sessions) return;
    record.trace = record::new_trace_id(random);
  }
  if (record::is_none(record.span)) record.span = record::new_span_id(random);
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
