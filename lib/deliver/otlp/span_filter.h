// Which records become spans, and the ids of those that have none: reference/multiplayer.md's rules.
// Used by OtlpEncoder. Threads: immutable. Cost: a few comparisons; ids take one to three steps of Random.
#pragma once
#include <cstdint>
#include <optional>

#include "base/random.h"
#include "base/reasons.h"
#include "deliver/otlp/options.h"
#include "record/record.h"

namespace pannier::deliver::otlp {

class SpanFilter {
 public:
  SpanFilter(Send send, double ratio);

  // Makes the ids that are missing; a trace id only where the record may go out without one of a session.
  void prepare(record::Record& record, Random& random) const;
  [[nodiscard]] std::optional<LeftOut> leaves_out(const record::Record& record) const;

 private:
  [[nodiscard]] bool is_sampled(const record::TraceId& trace) const;
  Send send_;
  bool takes_all_;  // a ratio of 1
  std::uint64_t below_;
};

// True where the trace id belongs to a recording session: debdeb…, cdbcdb…, debcdb….
bool is_session(const record::TraceId& trace);

// The collector's filter: telemetry's own requests and probes are nobody's business.
bool is_health_check(const record::Record& record);

}  // namespace pannier::deliver::otlp
