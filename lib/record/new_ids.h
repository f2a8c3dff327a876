// Trace and span ids for records that came without. Users: process (for the context), deliver/otlp.
// Threads: pure functions but for the Random, which is the caller's.
#pragma once
#include <array>
#include <cstdint>

#include "base/random.h"
#include "record/record.h"

namespace pannier::record {

template <std::size_t N>
bool is_none(const std::array<std::uint8_t, N>& id) {
  return id == std::array<std::uint8_t, N>{};
}

TraceId new_trace_id(Random& random);  // never one that begins as a session's
SpanId new_span_id(Random& random);

}  // namespace pannier::record
