#include "record/new_ids.h"

#include <cstring>

namespace pannier::record {
namespace {

// Chance must not make a session's id (debdeb, cdbcdb, debcdb, cdbcac, d0cd0c): their first bytes are left
// out.
bool may_begin_a_session(std::uint8_t first) {
  return first == 0xde || first == 0xcd || first == 0xd0;
}

}  // namespace

TraceId new_trace_id(Random& random) {
  TraceId id;
  do {
    const std::uint64_t halves[]{random.next(), random.next()};
    std::memcpy(id.data(), halves, id.size());
  } while (may_begin_a_session(id[0]) || is_none(id));
  return id;
}

SpanId new_span_id(Random& random) {
  SpanId id;
  do {
    const std::uint64_t bits = random.next();
    std::memcpy(id.data(), &bits, id.size());
  } while (is_none(id));
  return id;
}

}  // namespace pannier::record
