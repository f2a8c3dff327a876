// What an answer of an OTLP backend (or of whatever answered in its place, or silence) means for the batch
// that was sent. User: OtlpTransport. Threads: pure. Cost: one pass over the body, which HttpClient has
// bounded. The body is hostile: of it only a partial success's message is shown, by whoever logs it escaped.
#pragma once
#include <cstdint>

#include "base/clock.h"
#include "deliver/otlp/options.h"
#include "deliver/transport.h"
#include "net/http_client.h"

namespace pannier::deliver::otlp {

// How the batch was sent.
struct Sent {
  std::uint32_t records = 0;
  Encoding encoding = Encoding::protobuf;
  bool packed = false;
};

// DESIGN.md section 4, column OTLP.
Judgement judge(const net::HttpOutcome& outcome, const Sent& sent, SystemTime now);

}  // namespace pannier::deliver::otlp
