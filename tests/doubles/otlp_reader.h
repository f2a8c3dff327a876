// An ExportTraceServiceRequest taken apart, for tests: protobuf by protozero, JSON by simdjson. Both yield
// the same, so that a test can be written once for both. Threads: pure functions.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pannier::doubles {

// Values as text behind their kind: "string:GET", "int:200", "bool:true", "double:0.5".
using OtlpAttributes = std::map<std::string, std::string>;

struct OtlpSpan {
  std::string trace, span, parent;  // hex
  std::string name;
  int kind = 0;
  std::uint64_t start = 0, end = 0;  // ns
  std::optional<int> code;           // of the status; none: no status
  OtlpAttributes attributes, resource;
  std::string scope;
  std::string raw;  // the whole ResourceSpans
};

// Nothing where the body is no such message, or holds a name twice.
std::optional<std::vector<OtlpSpan>> read_otlp_protobuf(std::string_view body);
std::optional<std::vector<OtlpSpan>> read_otlp_json(std::string_view body);

std::optional<std::string> unpacked(std::string_view gzip);

}  // namespace pannier::doubles
