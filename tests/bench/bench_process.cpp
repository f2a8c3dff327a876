// The common steps; the time of an iteration is that of one record. Plain: a copy of the record, which every
// one of the others makes too, because the steps change it.
#include <benchmark/benchmark.h>

#include <array>

#include "base/clock.h"
#include "process/steps.h"
#include "tests/bench/decoded.h"

namespace pannier::bench {
namespace {

constexpr std::size_t records_a_read = 300;
constexpr std::array<record::Header, 8> request_headers{{{"host", "shop.example.com"},
                                                         {"user-agent", "curl/7.88.1"},
                                                         {"accept", "*/*"},
                                                         {"accept-encoding", "gzip, deflate"},
                                                         {"content-type", "application/json"},
                                                         {"x-request-id", "0000000000004711"},
                                                         {"X-Consumer-Id", "partner-a"},
                                                         {"connection", "keep-alive"}}};

process::Options options() {
  process::Options made;
  made.node = "bench";
  return made;
}

process::Options with_rules() {
  process::Options made = options();
  made.endpoints = {{"/health", "/health"},
                    {"/carts/{id}/checkout", "/carts/{cart_id}/checkout"},
                    {"~ /orders/([0-9a-f]+)/items", "/orders/{order_id}/items"}};
  return made;
}

template <typename Change>
void apply(benchmark::State& state, LineSort sort, const process::Options& settings, Change change) {
  const Decoded decoded(sort);
  if (!decoded.complete()) return state.SkipWithError("not decoded");
  const process::Steps steps(settings);
  const SystemTime arrival = system_now();
  Arena arena;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (next % records_a_read == 0) arena.reset();
    record::Record record = decoded.record(next++);
    change(record);
    steps.apply(record, {}, arrival, arena);
    benchmark::DoNotOptimize(record);
  }
}

void as_it_is(record::Record&) {}

void process_usual(benchmark::State& state) {
  apply(state, LineSort::usual, options(), as_it_is);
}
BENCHMARK(process_usual);

void process_path(benchmark::State& state) {
  apply(state, LineSort::path, options(), as_it_is);
}
BENCHMARK(process_path);

void process_path_by_rules(benchmark::State& state) {
  apply(state, LineSort::path, with_rules(), as_it_is);
}
BENCHMARK(process_path_by_rules);

void process_consumer_from_headers(benchmark::State& state) {
  apply(state, LineSort::usual, options(), [](record::Record& record) {
    record.consumer = {};
    record.request_headers = request_headers;
  });
}
BENCHMARK(process_consumer_from_headers);

void process_plain_copy(benchmark::State& state) {
  const Decoded decoded(LineSort::usual);
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    record::Record record = decoded.record(next++);
    benchmark::DoNotOptimize(record);
  }
}
BENCHMARK(process_plain_copy);

}  // namespace
}  // namespace pannier::bench
