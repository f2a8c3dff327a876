// What a read of 300 records costs the ledger, with and without the counter page; the time is that of one
// read. Plain: the same numbers added under a lock.
#include <benchmark/benchmark.h>

#include <array>
#include <mutex>
#include <vector>

#include "observe/counter_page.h"
#include "observe/ledger.h"

namespace pannier::bench {
namespace {

using observe::Account;
using observe::Movement;

constexpr std::size_t records_a_read = 300;

// Good lines for two lanes, some left out, a bad one: what Pipeline books at a read's end.
std::vector<Movement> a_read() {
  constexpr auto status = static_cast<std::uint8_t>(Reject::status);
  constexpr auto clean_mode = static_cast<std::uint8_t>(LeftOut::clean_mode);
  return {{Account::lines, 0, 0, records_a_read}, {Account::accepted, 0, 0, records_a_read - 1},
          {Account::rejected, status, 0, 1},      {Account::left_out, clean_mode, 0, 9},
          {Account::lane_accepted, 0, 0, 200},    {Account::lane_accepted, 0, 1, 90}};
}

void apply(benchmark::State& state, observe::Ledger& ledger) {
  ledger.add_lane(observe::DestinationId::malti, "malti/orders");
  ledger.add_lane(observe::DestinationId::malti, "malti/users");
  const std::vector<Movement> movements = a_read();
  for (auto unused : state) {
    ledger.apply(movements);
    benchmark::ClobberMemory();
  }
}

void ledger_without_page(benchmark::State& state) {
  observe::Ledger ledger;
  apply(state, ledger);
}
BENCHMARK(ledger_without_page);

void ledger_with_page(benchmark::State& state) {
  std::vector<std::uint64_t> memory(observe::CounterPage::bytes_for(64) / sizeof(std::uint64_t));
  observe::CounterPage page(std::as_writable_bytes(std::span(memory)), 1, "boot");
  observe::Ledger ledger;
  ledger.attach(&page);
  apply(state, ledger);
}
BENCHMARK(ledger_with_page);

void ledger_plain(benchmark::State& state) {
  std::mutex mutex;
  std::array<std::uint64_t, 6> numbers{};
  const std::vector<Movement> movements = a_read();
  for (auto unused : state) {
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < movements.size(); ++i) numbers[i] += movements[i].count;
    benchmark::ClobberMemory();
  }
}
BENCHMARK(ledger_plain);

}  // namespace
}  // namespace pannier::bench
