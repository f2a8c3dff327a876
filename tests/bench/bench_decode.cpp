// A line to a record; the time of an iteration is that of one line. Plain: a copy of the line; simdjson's
// DOM.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>

#include "record/line_decoder.h"
#include "tests/bench/lines.h"
#include "tests/bench/plain.h"

namespace pannier::bench {
namespace {

// Tells where the lines are not of the sort that is to be measured.
void decode(benchmark::State& state, LineSort sort, record::LineKind expected) {
  const Lines lines(sort);
  record::LineDecoder decoder;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    const record::Line line = decoder.decode(lines.line(next++ % lines.size()), false);
    if (line.kind != expected) return state.SkipWithError("decoded to something else");
    benchmark::DoNotOptimize(decoder.record());
  }
}
BENCHMARK_CAPTURE(decode, usual, LineSort::usual, record::LineKind::record);
BENCHMARK_CAPTURE(decode, escapes, LineSort::with_escapes, record::LineKind::record);
BENCHMARK_CAPTURE(decode, headers, LineSort::with_headers, record::LineKind::record);
BENCHMARK_CAPTURE(decode, rejected, LineSort::rejected, record::LineKind::rejected);

void decode_plain_copy(benchmark::State& state) {
  const Lines lines(LineSort::usual);
  std::array<char, 512> copy{};
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    const std::string_view line = lines.line(next++ % lines.size());
    std::memcpy(copy.data(), line.data(), line.size());
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(decode_plain_copy);

void decode_plain_dom(benchmark::State& state) {
  const Lines lines(LineSort::usual);
  PlainDecoder decoder;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    auto record = decoder.decode(lines.line(next++ % lines.size()));
    if (!record) return state.SkipWithError("not decoded");
    benchmark::DoNotOptimize(record);
  }
}
BENCHMARK(decode_plain_dom);

}  // namespace
}  // namespace pannier::bench
