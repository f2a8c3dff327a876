// Rings, the spool's core and a model of its disk, driven step by step. Used by the tests of rings and core.
// Threads: one.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "queue/spool_core.h"
#include "tests/queue/lanes.h"
#include "tests/queue/model_store.h"

namespace pannier::queue {

using namespace std::chrono_literals;

class SpoolBench {
 public:
  explicit SpoolBench(SpoolOptions spool, std::size_t memory = 64U << 20U, std::size_t lane_count = 1)
      : options(std::move(spool)),
        rings(memory, ledger, {options.mode, options.when_full}),
        core(options, rings, lane_named) {
    ledger.open(observe::ListenerId::unix_stream);
    ledger.open(observe::DestinationId::malti);
    rings.on_spool_work([this] { core.told(now); });
    for (std::size_t i = 0; i < lane_count; ++i) {
      const std::string name = "malti/" + std::to_string(i);
      const LaneId lane = ledger.add_lane(observe::DestinationId::malti, name);
      rings.add_lane(lane, name);
      rings.arm(lane, {.first = false, .backlog = true});
    }
    core.begin(0, 0);
  }

  static LaneId lane_named(const std::string& name) {
    return static_cast<LaneId>(std::stoul(name.substr(name.find('/') + 1)));
  }

  // One read of `count` records of `size` bytes each, numbered on from the last.
  static constexpr SystemTime arrival{std::chrono::seconds(5)};
  Pushed push(std::uint64_t count, std::size_t size = 10, LaneId lane = 0) {
    Read read;
    for (std::uint64_t i = 0; i < count; ++i) read.add(std::to_string(pushed++) + ";", size);
    using observe::Account;
    const std::vector<observe::Movement> movements{{Account::lines, 0, 0, count},
                                                   {Account::accepted, 0, 0, count},
                                                   {Account::lane_accepted, 0, lane, count}};
    const Staged staged{lane, read.bytes, read.ends};
    return rings.push({&staged, 1}, movements, arrival, woken);
  }

  // Does what is to be done now, and nothing later.
  void work() {
    for (int i = 0; i < 10'000; ++i) {
      SpoolCore::Work next = core.next(now);
      if (next.empty()) return check();
      SpoolCore::Outcome outcome;
      if (!next.writes()) {
        for (const Rings::Wish& wish : next.reads)
          core.read(wish, store.load(wish.rows, wish.bytes, rings.pool()), now, outcome);
      } else {
        ++transactions;
        const auto applied = store.apply(next.transaction);
        core.done(std::move(next), applied, store.used_bytes(), now, outcome);
      }
      woken.insert(woken.end(), outcome.woken.begin(), outcome.woken.end());
      saved.insert(saved.end(), outcome.put_back.begin(), outcome.put_back.end());
      ordered.insert(ordered.end(), outcome.orders.begin(), outcome.orders.end());
      check();
    }
    ADD_FAILURE() << "the spool never comes to rest";
  }
  void advance(Duration by) {
    now += by;
    work();
  }

  // Takes records and gives their numbers; what is on disk is finished by finish().
  std::vector<std::string> take(std::uint32_t records, LaneId lane = 0) {
    return note([&](auto& out) { rings.take(lane, records, 1U << 30U, out); }, lane);
  }
  std::vector<std::string> take_backlog(std::uint32_t records, LaneId lane = 0) {
    return note([&](auto& out) { rings.take_backlog(lane, records, 1U << 30U, out); }, lane);
  }
  // All that was taken is delivered.
  void finish() {
    for (auto& [lane, slice] : taken) {
      const bool is_stored = slice.is_stored();
      const auto account = is_stored ? observe::Account::stored_delivered : observe::Account::delivered;
      const observe::Movement movement{account, 0, lane, slice.records()};
      ledger.apply({&movement, 1});
      if (is_stored)
        core.ended({lane, slice.row, slice.first, slice.last, slice.bytes().size(), account, 0}, now);
    }
    taken.clear();
  }

  // All that was taken is refused for good.
  void bury(const std::string& answer = "refused") {
    std::vector<Letter> letters;
    for (auto& [lane, slice] : taken) {
      const observe::Movement movement{observe::Account::dead, number_of(Dead::refused), lane,
                                       slice.records()};
      ledger.apply({&movement, 1});
      if (slice.is_stored())
        core.ended({lane, slice.row, slice.first, slice.last, slice.bytes().size(), movement.account,
                    movement.reason},
                   now);
      rings.buried(slice.records());
      const bool is_undurable = options.mode == SpoolMode::always && !slice.is_stored();
      letters.push_back({lane, copy_of(slice, rings.pool()), is_undurable ? slice.segment : nullptr,
                         Dead::refused, 2, answer, died});
    }
    taken.clear();
    core.buried(std::move(letters), now);
  }
  static constexpr SystemTime died{std::chrono::seconds(9)};

  [[nodiscard]] observe::Books books() const {
    observe::Books books = rings.snapshot();
    for (const auto& [lane, slice] : taken) books.lanes[lane].held.in_flight += slice.records();
    return books;
  }
  [[nodiscard]] observe::Held held(LaneId lane = 0) const { return books().lanes[lane].held; }
  [[nodiscard]] std::uint64_t dropped(Drop reason, LaneId lane = 0) const {
    return books().lanes[lane].dropped[static_cast<std::size_t>(reason)];
  }
  void check() const {
    for (const std::string& wrong : observe::imbalances(books())) ADD_FAILURE() << wrong;
  }

  SpoolOptions options;
  observe::Ledger ledger;
  Rings rings;
  ModelStore store;
  SpoolCore core;
  SteadyTime now{1h};
  std::vector<LaneId> woken;
  std::vector<PutBackDone> saved;
  std::vector<LetterOrderDone> ordered;
  std::vector<std::pair<LaneId, Slice>> taken;
  std::uint64_t pushed = 0;
  int transactions = 0;

 private:
  template <typename Take>
  std::vector<std::string> note(Take take, LaneId lane) {
    std::vector<Slice> slices;
    take(slices);
    std::vector<std::string> numbers;
    for (const Slice& slice : slices) {
      for (std::uint32_t i = slice.first; i < slice.last; ++i)
        numbers.push_back(number_of(slice.segment->bytes(i, i + 1)));
      taken.emplace_back(lane, slice);
    }
    return numbers;
  }
};

inline SpoolOptions spool_of(SpoolMode mode, WhenFull when_full = WhenFull::drop_oldest) {
  SpoolOptions options;
  options.mode = mode;
  options.when_full = when_full;
  return options;
}

}  // namespace pannier::queue
