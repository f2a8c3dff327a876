// A record to a destination's fragment; the time of an iteration is that of one record. Plain:
// std::string::append.
#include <benchmark/benchmark.h>

#include "deliver/local/encoder.h"
#include "deliver/malti/encode.h"
#include "tests/bench/decoded.h"
#include "tests/bench/plain.h"

namespace pannier::bench {
namespace {

constexpr std::size_t records_a_read = 300;

void encode(benchmark::State& state, const deliver::Encoder& encoder, bool is_plain) {
  const Decoded decoded(LineSort::usual);
  if (!decoded.complete()) return state.SkipWithError("not decoded");
  Bytes out;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (next % records_a_read == 0) out.clear();
    record::Record record = decoded.record(next++);
    record.is_plain = is_plain;
    benchmark::DoNotOptimize(encoder.leaves_out(record));
    benchmark::DoNotOptimize(encoder.encode(record, out));
    benchmark::ClobberMemory();
  }
}

void encode_malti(benchmark::State& state) {
  encode(state, deliver::malti::MaltiEncoder(true), true);
}
BENCHMARK(encode_malti);

// Something in the record may need escaping: every text is looked through.
void encode_malti_looking_for_escapes(benchmark::State& state) {
  encode(state, deliver::malti::MaltiEncoder(true), false);
}
BENCHMARK(encode_malti_looking_for_escapes);

void encode_local(benchmark::State& state) {
  encode(state, deliver::local::LocalEncoder(), true);
}
BENCHMARK(encode_local);

void encode_plain_append(benchmark::State& state) {
  const Lines lines(LineSort::usual);
  const auto record = PlainDecoder().decode(lines.line(0));
  if (!record) return state.SkipWithError("not decoded");
  std::string out;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (next++ % records_a_read == 0) out.clear();
    plain_encode(*record, out);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(encode_plain_append);

}  // namespace
}  // namespace pannier::bench
