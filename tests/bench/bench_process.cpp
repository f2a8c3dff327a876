// The common steps; the time of an iteration is that of one record. Plain: a copy of the record, which every
// one of the others makes too, because the steps change it.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "base/clock.h"
#include "process/cardinality.h"
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
  Random random(1);
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (next % records_a_read == 0) arena.reset();
    record::Record record = decoded.record(next++);
    change(record);
    steps.apply(record, {}, arrival, arena, random);
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

// So many rules of one sort, for paths of which most match the last of them: what a list costs beside one.
// Of unlike expressions none is known by its first segment, so that all are asked in one pass.
enum class Sort { literals, patterns, expressions, unlike, captures, mixed };

process::EndpointRule rule_of(Sort sort, std::size_t number) {
  const std::string name = "/service-" + std::to_string(number);
  switch (sort) {
    case Sort::literals: return {name + "/status", name};
    case Sort::patterns: return {name + "/items/{id}", name + "/items/{item_id}"};
    case Sort::expressions: return {"~ " + name + "/(v[0-9]+)/.*", name};
    case Sort::unlike: return {"~ /[a-z]+-" + std::to_string(number) + "/(v[0-9]+)/.*", name};
    case Sort::captures: return {"~ " + name + "/(v[0-9]+)/.*", name + "/\\1"};
    case Sort::mixed: break;
  }
  constexpr std::array sorts{Sort::expressions, Sort::literals, Sort::captures, Sort::patterns};
  return rule_of(sorts.at(number % sorts.size()), number);
}

std::vector<process::EndpointRule> rules_of(Sort sort, std::size_t count) {
  std::vector<process::EndpointRule> rules;
  for (std::size_t number = 100 - count; number < 100; ++number) rules.push_back(rule_of(sort, number));
  return rules;
}

void process_rules(benchmark::State& state, Sort sort) {
  const process::EndpointRules rules(rules_of(sort, static_cast<std::size_t>(state.range(0))));
  const std::array<std::string, 8> paths{
      "/service-99/status",   "/service-99/items/4711", "/service-99/v3/a/b", "/service-99/items/00c0ffee",
      "/service-99/v12/list", "/service-99/items/7",    "/unknown/path/7",    "/service-99/v1/"};
  Arena arena;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (next % records_a_read == 0) arena.reset();
    benchmark::DoNotOptimize(rules.find(paths[next++ % paths.size()], arena));
  }
}
BENCHMARK_CAPTURE(process_rules, literals, Sort::literals)->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(process_rules, patterns, Sort::patterns)->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(process_rules, expressions, Sort::expressions)->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(process_rules, unlike, Sort::unlike)->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(process_rules, captures, Sort::captures)->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(process_rules, mixed, Sort::mixed)->Arg(1)->Arg(10)->Arg(100);

void process_context(benchmark::State& state) {
  process::Options made = options();
  made.context_template = "{trace_id} {client_ip}";
  apply(state, LineSort::usual, made, [](record::Record& record) { record.context = {}; });
}
BENCHMARK(process_context);

void process_cardinality(benchmark::State& state) {
  const Decoded decoded(LineSort::usual);
  process::Cardinality guard({}, 1);
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    const record::Record& record = decoded.record(next++);
    benchmark::DoNotOptimize(guard.judge(record.service, record.endpoint, record.consumer));
  }
}
BENCHMARK(process_cardinality);

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
