// A read of 300 records into a lane's ring and out again; the time is that of one record. Plain: a deque of
// strings behind a mutex. With a second thread, that one pushes into a lane of its own as fast as it can.
#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>

#include "queue/rings.h"
#include "tests/bench/plain.h"

namespace pannier::bench {
namespace {

constexpr std::size_t records_a_read = 300;
constexpr std::size_t fragment_bytes = 200;
constexpr std::size_t batch_bytes = 1024 * 1024;

struct Read {
  Read() {
    for (std::uint32_t i = 1; i <= records_a_read; ++i) ends.push_back(i * fragment_bytes);
  }
  [[nodiscard]] queue::Staged to(queue::LaneId lane) const { return {lane, bytes, ends}; }

  std::string bytes = std::string(records_a_read * fragment_bytes, 'x');
  std::vector<std::uint32_t> ends;
};

struct TwoLanes {
  TwoLanes() {
    for (const char* name : {"malti/orders", "malti/users"})
      rings.add_lane(ledger.add_lane(observe::DestinationId::malti, name));
  }
  void push(const Read& read, queue::LaneId lane, std::vector<queue::LaneId>& woken) {
    const queue::Staged staged = read.to(lane);
    const observe::Movement accepted{observe::Account::lane_accepted, 0, lane, records_a_read};
    rings.push({&staged, 1}, {&accepted, 1}, {}, woken);
    woken.clear();
  }

  observe::Ledger ledger;
  queue::Rings rings{64U << 20U, ledger};
};

void push_and_take(benchmark::State& state, TwoLanes& lanes) {
  const Read read;
  std::vector<queue::LaneId> woken;
  std::vector<queue::Slice> taken;
  while (state.KeepRunningBatch(records_a_read)) {
    lanes.push(read, 0, woken);
    taken.clear();
    lanes.rings.take(0, records_a_read, batch_bytes, taken);
    benchmark::DoNotOptimize(taken);
  }
}

void ring_push_take(benchmark::State& state) {
  TwoLanes lanes;
  push_and_take(state, lanes);
}
BENCHMARK(ring_push_take);

void ring_push_take_beside_a_second_pusher(benchmark::State& state) {
  TwoLanes lanes;
  std::atomic<bool> stop{false};
  std::thread second([&lanes, &stop] {
    const Read read;
    std::vector<queue::LaneId> woken;
    while (!stop.load(std::memory_order_relaxed)) lanes.push(read, 1, woken);
  });
  push_and_take(state, lanes);
  stop = true;
  second.join();
}
BENCHMARK(ring_push_take_beside_a_second_pusher)->UseRealTime();

void ring_plain_deque(benchmark::State& state) {
  const Read read;
  PlainQueue queue;
  while (state.KeepRunningBatch(records_a_read)) {
    for (std::size_t i = 0; i < records_a_read; ++i)
      queue.push(std::string_view(read.bytes).substr(i * fragment_bytes, fragment_bytes));
    auto taken = queue.take(records_a_read);
    benchmark::DoNotOptimize(taken);
  }
}
BENCHMARK(ring_plain_deque);

}  // namespace
}  // namespace pannier::bench
