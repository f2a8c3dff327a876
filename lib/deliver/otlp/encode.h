// A record as one SERVER span, in a finished ResourceSpans of its own: field 1 of ExportTraceServiceRequest,
// so that a batch is fragments one behind the other; in JSON each ends with a comma. One span a resource:
// whoever sorts whole resources by a span's trace id finds them sorted.
// Users: the daemon's pipeline. Threads: immutable.
#pragma once
#include <memory>

#include "deliver/encoder.h"
#include "deliver/otlp/names.h"
#include "deliver/otlp/options.h"
#include "deliver/otlp/span_filter.h"

namespace pannier::deliver::otlp {

class OtlpEncoder : public Encoder {
 public:
  OtlpEncoder(SpanFilter filter, Encoding encoding) : filter_(filter), encoding_(encoding) {}
  [[nodiscard]] std::uint8_t format() const override { return static_cast<std::uint8_t>(encoding_); }
  void prepare(record::Record& record, Random& random) const override { filter_.prepare(record, random); }
  [[nodiscard]] std::optional<LeftOut> leaves_out(const record::Record& record) const override {
    return filter_.leaves_out(record);
  }

 private:
  SpanFilter filter_;
  Encoding encoding_;
};

// A name that everybody's resource has, with its value, ready to be copied.
struct ResourcePart {
  std::string name;
  std::string encoded;
};

class ProtobufEncoder : public OtlpEncoder {
 public:
  // `resource`: the configuration's; a sender's own word goes before it.
  ProtobufEncoder(SpanFilter filter, const Entries& resource);
  std::uint32_t encode(const record::Record& record, Bytes& out) const override;

 private:
  std::string scope_;
  std::vector<ResourcePart> resource_;
  std::string whole_resource_;
};

class JsonEncoder : public OtlpEncoder {
 public:
  JsonEncoder(SpanFilter filter, const Entries& resource);
  std::uint32_t encode(const record::Record& record, Bytes& out) const override;

 private:
  std::vector<ResourcePart> resource_;
  std::string whole_resource_;
};

// The one that the settings ask for.
std::unique_ptr<const Encoder> make_encoder(const Options& options, const Entries& resource);

}  // namespace pannier::deliver::otlp
