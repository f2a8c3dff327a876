// A body as ExportTraceServiceResponse, in protobuf or JSON. Private to the folder. Threads: pure.
// Strict where it matters: a body that says something, but nothing of that message, is somebody else's page.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "deliver/otlp/options.h"
#include "net/http_answer.h"

namespace pannier::deliver::otlp {

struct ExportAnswer {
  std::int64_t rejected_spans = 0;
  std::string message;  // hostile
};

// Nothing where the body is no such message. An answer without a media type is read as what was sent.
std::optional<ExportAnswer> read_answer(const net::HttpAnswer& answer, Encoding sent);

}  // namespace pannier::deliver::otlp
