// A body of Malti's ingest to records, both passes; the time of an iteration is that of a body of 500, the
// counter says what a record costs. Plain: simdjson's DOM of the whole body, once.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <string>

#include "receive/malti_body.h"
#include "tests/bench/lines.h"

namespace pannier::bench {
namespace {

constexpr std::size_t records = 500;

// As Malti's SDK sends them: the usual line's fields.
std::string body_of(LineSort sort) {
  const Lines lines(sort, records);
  std::string body = "{\"requests\":[";
  for (std::size_t i = 0; i < records; ++i) body.append(i == 0 ? "" : ",").append(lines.line(i));
  body += "]}";
  return body.append(simdjson::SIMDJSON_PADDING, ' ');
}

void say_cost(benchmark::State& state) {
  using Counter = benchmark::Counter;
  state.counters["record"] = Counter(records, Counter::kIsIterationInvariantRate | Counter::kInvert);
}

void malti_body(benchmark::State& state, LineSort sort) {
  const std::string padded = body_of(sort);
  const std::string_view text(padded.data(), padded.size() - simdjson::SIMDJSON_PADDING);
  receive::MaltiBody body;
  for ([[maybe_unused]] auto _ : state) {
    if (!body.read(text)) return state.SkipWithError(body.answer().json.c_str());
    body.each([](record::Record& record, bool doomed) {
      benchmark::DoNotOptimize(record);
      benchmark::DoNotOptimize(doomed);
    });
  }
  say_cost(state);
}
BENCHMARK_CAPTURE(malti_body, usual, LineSort::usual);
BENCHMARK_CAPTURE(malti_body, escapes, LineSort::with_escapes);

void malti_body_plain_dom(benchmark::State& state) {
  const std::string padded = body_of(LineSort::usual);
  simdjson::dom::parser parser;
  for ([[maybe_unused]] auto _ : state) {
    auto root = parser.parse(padded.data(), padded.size() - simdjson::SIMDJSON_PADDING, false);
    if (root.error()) return state.SkipWithError("not parsed");
    benchmark::DoNotOptimize(root);
  }
  say_cost(state);
}
BENCHMARK(malti_body_plain_dom);

}  // namespace
}  // namespace pannier::bench
