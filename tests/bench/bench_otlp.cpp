// A record to its span, and a batch of 500 spans packed; the time of an iteration is that of one record.
#include <benchmark/benchmark.h>

#include "deliver/otlp/encode.h"
#include "net/gzip.h"
#include "tests/bench/decoded.h"

namespace pannier::bench {
namespace {

using deliver::otlp::Entries;
using deliver::otlp::JsonEncoder;
using deliver::otlp::ProtobufEncoder;
using deliver::otlp::Send;
using deliver::otlp::SpanFilter;

constexpr std::size_t records_a_read = 300;
constexpr std::size_t records_a_batch = 500;

const Entries& resource() {
  static const Entries entries{{"service.version", "1.4"}, {"deployment.environment", "prod"}};
  return entries;
}

void encode(benchmark::State& state, const deliver::Encoder& encoder,
            const record::Resource* said = nullptr) {
  const Decoded decoded(LineSort::usual);
  if (!decoded.complete()) return state.SkipWithError("not decoded");
  Random random(1);
  Bytes out;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (next % records_a_read == 0) out.clear();
    record::Record record = decoded.record(next++);
    record.resource = said;
    encoder.prepare(record, random);
    benchmark::DoNotOptimize(encoder.leaves_out(record));
    benchmark::DoNotOptimize(encoder.encode(record, out));
    benchmark::ClobberMemory();
  }
}

void encode_otlp_protobuf(benchmark::State& state) {
  encode(state, ProtobufEncoder(SpanFilter(Send::all, 0), resource()));
}
BENCHMARK(encode_otlp_protobuf);

void encode_otlp_protobuf_with_hello(benchmark::State& state) {
  const record::Resource said{{"service.version", "2.0"}, {"telemetry.sdk.language", "python"}};
  encode(state, ProtobufEncoder(SpanFilter(Send::all, 0), resource()), &said);
}
BENCHMARK(encode_otlp_protobuf_with_hello);

void encode_otlp_json(benchmark::State& state) {
  encode(state, JsonEncoder(SpanFilter(Send::all, 0), resource()));
}
BENCHMARK(encode_otlp_json);

// What is left out costs next to nothing: no session is recorded.
void leave_out_otlp(benchmark::State& state) {
  const Decoded decoded(LineSort::usual);
  if (!decoded.complete()) return state.SkipWithError("not decoded");
  const ProtobufEncoder encoder(SpanFilter(Send::sessions, 0), {});
  Random random(1);
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    record::Record record = decoded.record(next++);
    encoder.prepare(record, random);
    benchmark::DoNotOptimize(encoder.leaves_out(record));
  }
}
BENCHMARK(leave_out_otlp);

void pack_otlp_batch(benchmark::State& state) {
  const Decoded decoded(LineSort::usual);
  if (!decoded.complete()) return state.SkipWithError("not decoded");
  const ProtobufEncoder encoder(SpanFilter(Send::all, 0), resource());
  Random random(1);
  Bytes batch;
  for (std::size_t i = 0; i < records_a_batch; ++i) {
    record::Record record = decoded.record(i);
    encoder.prepare(record, random);
    encoder.encode(record, batch);
  }
  const std::string_view half = batch.view().substr(0, batch.size() / 2);
  const std::string_view parts[]{half, batch.view().substr(half.size())};
  net::Gzip gzip;
  std::size_t bytes = 0;
  while (state.KeepRunningBatch(records_a_batch)) bytes = gzip.pack(parts).size();
  state.counters["bytes"] = static_cast<double>(batch.size()) / records_a_batch;
  state.counters["packed"] = static_cast<double>(bytes) / records_a_batch;
}
BENCHMARK(pack_otlp_batch);

}  // namespace
}  // namespace pannier::bench
