// A record for the tests of OTLP, and its span as a reader that is not the encoder sees it. Threads: one.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "deliver/otlp/encode.h"
#include "tests/doubles/otlp_reader.h"

namespace pannier::deliver::otlp {

using doubles::OtlpAttributes;
using doubles::OtlpSpan;

inline record::TraceId trace_id(std::initializer_list<int> bytes) {
  record::TraceId id{};
  std::size_t at = 0;
  for (const int byte : bytes) id[at++] = static_cast<std::uint8_t>(byte);
  return id;
}

inline record::Record plain_record() {
  using namespace std::chrono_literals;
  record::Record record;
  record.service = "orders";
  record.node = "web-1";
  record.method = "GET";
  record.endpoint = "/users/{id}";
  record.consumer = "anonymous";
  record.status = 200;
  record.response_ms = 12.345678;
  record.created_at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + 3h + 4us;
  record.trace = trace_id({0xde, 0xbd, 0xeb, 1});
  record.span = {1, 2, 3, 4, 5, 6, 7, 8};
  return record;
}

// The same for both encodings: a test is written once.
struct Format {
  Encoding encoding;
  const char* name;
};
inline void PrintTo(const Format& format, std::ostream* out) {
  *out << format.name;
}
inline constexpr Format both_formats[]{{Encoding::protobuf, "Protobuf"}, {Encoding::json, "Json"}};

inline std::optional<std::vector<OtlpSpan>> read_fragments(Encoding encoding, std::string_view fragments) {
  if (encoding == Encoding::protobuf) return doubles::read_otlp_protobuf(fragments);
  if (!fragments.ends_with(',')) return std::nullopt;
  fragments.remove_suffix(1);
  return doubles::read_otlp_json(R"({"resourceSpans":[)" + std::string(fragments) + "]}");
}

inline std::string fragment_of(const record::Record& record, Encoding encoding,
                               const Entries& resource = {}) {
  Options options;
  options.encoding = encoding;
  Bytes out;
  EXPECT_EQ(make_encoder(options, resource)->encode(record, out), 0U);
  return std::string(out.view());
}

inline OtlpSpan span_of(const record::Record& record, Encoding encoding, const Entries& resource = {}) {
  const auto spans = read_fragments(encoding, fragment_of(record, encoding, resource));
  EXPECT_TRUE(spans && spans->size() == 1);
  return spans && spans->size() == 1 ? spans->front() : OtlpSpan{};
}

}  // namespace pannier::deliver::otlp
