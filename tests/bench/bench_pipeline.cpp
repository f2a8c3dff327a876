// The whole way of a read without its socket: split, decode, process, encode, book, queue, and taken out
// again; the time is that of one record. Plain: simdjson's DOM, std::string::append and a deque of strings; a
// copy.
#include <benchmark/benchmark.h>

#include "daemon/pipeline.h"
#include "receive/session.h"
#include "tests/bench/lines.h"
#include "tests/bench/plain.h"

namespace pannier::bench {
namespace {

constexpr std::size_t records_a_read = 300;  // 64 KiB
constexpr std::size_t batch_bytes = 1024 * 1024;

// Lanes without a shell: nobody is woken, the benchmark takes.
class BareLanes : public daemon::LaneDirectory {
 public:
  BareLanes(observe::Ledger& ledger, queue::Rings& rings) : ledger_(ledger), rings_(rings) {}
  std::optional<observe::LaneId> find_or_make(observe::DestinationId destination,
                                              std::string_view service) override {
    const observe::LaneId lane = ledger_.add_lane(destination, std::string(service));
    rings_.add_lane(lane);
    lanes_.push_back(lane);
    return lane;
  }
  void wake(observe::LaneId) override {}
  std::size_t take_all(std::vector<queue::Slice>& out) {
    std::size_t records = 0;
    for (const observe::LaneId lane : lanes_) rings_.take(lane, records_a_read, batch_bytes, out);
    for (const queue::Slice& slice : out) records += slice.records();
    return records;
  }

 private:
  observe::Ledger& ledger_;
  queue::Rings& rings_;
  std::vector<observe::LaneId> lanes_;
};

config::Settings settings(bool malti, bool local) {
  config::Settings made;
  made.process.node = "bench";
  made.malti.enabled = malti;
  made.local.enabled = local;
  return made;
}

void pipeline(benchmark::State& state, const config::Settings& with, std::size_t services,
              std::size_t destinations) {
  const Lines lines(LineSort::usual, records_a_read, services);
  observe::Ledger ledger;
  queue::Rings rings(64U << 20U, ledger);
  BareLanes lanes(ledger, rings);
  daemon::Pipeline pipeline(rings, ledger, lanes, daemon::make_routing(with));
  receive::LineHandler handler(pipeline);
  receive::CarryBudget budget;
  receive::Session session(handler, budget, 256U << 10U, std::nullopt);
  std::vector<queue::Slice> taken;
  while (state.KeepRunningBatch(records_a_read)) {
    session.feed(lines.read(), {});
    taken.clear();
    if (lanes.take_all(taken) != records_a_read * destinations)
      return state.SkipWithError("not all came through");
  }
}

void pipeline_malti(benchmark::State& state) {
  pipeline(state, settings(true, false), 1, 1);
}
BENCHMARK(pipeline_malti);

void pipeline_malti_four_lanes(benchmark::State& state) {
  pipeline(state, settings(true, false), 4, 1);
}
BENCHMARK(pipeline_malti_four_lanes);

void pipeline_malti_and_local(benchmark::State& state) {
  pipeline(state, settings(true, true), 1, 2);
}
BENCHMARK(pipeline_malti_and_local);

void pipeline_plain(benchmark::State& state) {
  const Lines lines(LineSort::usual, records_a_read);
  PlainDecoder decoder;
  PlainQueue queue;
  std::string fragment;
  while (state.KeepRunningBatch(records_a_read)) {
    for (std::size_t i = 0; i < records_a_read; ++i) {
      const auto record = decoder.decode(lines.line(i));
      if (!record) return state.SkipWithError("not decoded");
      fragment.clear();
      plain_encode(*record, fragment);
      queue.push(fragment);
    }
    auto taken = queue.take(records_a_read);
    benchmark::DoNotOptimize(taken);
  }
}
BENCHMARK(pipeline_plain);

void pipeline_plain_copy(benchmark::State& state) {
  const Lines lines(LineSort::usual, records_a_read);
  std::string copy;
  while (state.KeepRunningBatch(records_a_read)) {
    copy.assign(lines.read());
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(pipeline_plain_copy);

}  // namespace
}  // namespace pannier::bench
