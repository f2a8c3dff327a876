// A record as the local lane queues it, and back: one version byte, a fixed part, then the texts, each behind
// its length. Little-endian as the host is: a fragment never leaves it.
// Users: the intake (encode), LocalTransport (decode). Threads: pure functions.
//
//   offset  bytes
//        0      1  version, 1
//        1      2  status, signed
//        3      8  created_at, microseconds since 1970, signed
//       11      8  response time, microseconds
//       19      …  service, node, method, endpoint, consumer, context: 2 bytes of length and the text
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "record/record.h"

namespace pannier::deliver::local {

// A record of the local store. Its texts are views into the fragment.
struct Row {
  std::string_view service, node, method, endpoint, consumer, context;
  SystemTime created_at{};
  std::int64_t response_us = 0;
  std::int16_t status = 0;
  bool operator==(const Row&) const = default;
};

// Appends one fragment; texts are cut as for Malti, so that both tell the same. Returns how many were. Cost:
// one claim, no allocation once the buffer has grown. REQUIRES: valid UTF-8.
std::uint32_t encode(const record::Record& record, Bytes& out);

// Nothing where the bytes are no whole fragment, exactly: a damaged one is never half a row.
std::optional<Row> decode(std::string_view fragment);

}  // namespace pannier::deliver::local
