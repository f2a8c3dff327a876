// A lane's core on the bench: real rings and ledger, a clock that the test turns by hand, a backend that the
// test plays. After every event the books must balance. Used by the tests of LaneCore. Threads: one.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "deliver/lane_core.h"

namespace pannier::deliver {

using namespace std::chrono_literals;
using Numbers = std::vector<std::uint32_t>;  // of records, in the order in which they were pushed

inline Judgement judged(Verdict verdict, std::string why = "because") {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.why = std::move(why);
  return judgement;
}
inline Judgement delivered() {
  return judged(Verdict::delivered);
}
inline Judgement back_off(std::optional<std::chrono::milliseconds> wish = {}) {
  Judgement judgement = judged(Verdict::back_off, "server error (503)");
  judgement.wait = wish;
  return judgement;
}
inline Judgement unknown_outcome() {
  Judgement judgement = judged(Verdict::back_off, "no answer");
  judgement.outcome_unknown = true;
  return judgement;
}
inline Judgement named(std::vector<std::uint32_t> indexes) {
  Judgement judgement = judged(Verdict::isolate, "refused (422)");
  judgement.indexes = std::move(indexes);
  return judgement;
}

// One connection, batches of ten, a second's jitter at most.
inline LaneOptions small_lane(std::uint32_t connections = 1, std::uint32_t records = 10) {
  LaneOptions options;
  options.batch.records = records;
  options.retry = {.base = 1s, .cap = 8s};
  options.connections = connections;
  return options;
}

inline Numbers range(std::uint32_t first, std::uint32_t last) {
  Numbers all;
  for (; first < last; ++first) all.push_back(first);
  return all;
}

class LaneBench {
 public:
  explicit LaneBench(const LaneOptions& options = small_lane(), bool has_key = true, double phase = 0,
                     std::size_t memory = 64U << 20U, queue::SpoolMode mode = queue::SpoolMode::off,
                     LaneTraits traits = {})
      : rings(memory, ledger, {mode, queue::WhenFull::drop_oldest}),
        lane(open_books()),
        core((rings.add_lane(lane), LaneCore(lane, options, rings, has_key, now, phase, std::move(traits)))) {
    tell(Woken{});
  }

  void push(std::uint32_t count, std::size_t size = 20, std::uint8_t format = 0) {
    std::string bytes;
    std::vector<std::uint32_t> ends;
    for (std::uint32_t i = 0; i < count; ++i) {
      std::string fragment = std::to_string(pushed++) + ";";
      fragment.resize(std::max(size, fragment.size()), '.');
      bytes += fragment;
      ends.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    using observe::Account;
    const std::vector<observe::Movement> movements{{Account::lines, 0, 0, count},
                                                   {Account::accepted, 0, 0, count},
                                                   {Account::lane_accepted, 0, lane, count}};
    const queue::Staged staged{lane, bytes, ends, format};
    std::vector<observe::LaneId> woken;
    rings.push({&staged, 1}, movements, {}, woken);
    if (!woken.empty()) tell(Woken{});
    advance(0s);
  }

  // The next row of `count` records, numbered from `first` on.
  queue::LoadedRow row_of(std::uint32_t first, std::uint32_t count) {
    std::string bytes;
    std::vector<std::uint32_t> ends;
    for (std::uint32_t i = 0; i < count; ++i) {
      bytes += std::to_string(first + i) + ";";
      ends.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    queue::LoadedRow row;
    row.row = ++last_row;
    row.segment = rings.pool().make_filled(bytes, ends);
    row.records = count;
    row.left = {{0, count}};
    return row;
  }
  // It is read back from the disk. REQUIRES: its records were carried in.
  void load(const queue::LoadedRow& row) {
    std::vector<observe::LaneId> woken;
    rings.loaded(lane, {{row}, row.row}, woken);
    if (!woken.empty()) tell(Woken{});
  }

  void tell(const Event& event) {
    Output out;
    core.on(event, now, random, out);
    ledger.apply(out.books);
    rows.insert(rows.end(), out.rows.begin(), out.rows.end());
    letters.insert(letters.end(), out.letters.begin(), out.letters.end());
    for (const queue::Letter& letter : out.letters) rings.buried(letter.slice.records());
    for (const Command& command : out.commands) carry_out(command);
    for (const std::string& wrong : observe::imbalances(books())) ADD_FAILURE() << wrong;
  }

  // Turns the clock; the lane's timer rings on the way.
  void advance(Duration by) {
    const SteadyTime end = now + by;
    int rings_left = 100'000;
    while (timer && *timer <= end) {
      now = std::max(now, *timer);
      timer.reset();
      tell(Woken{});
      if (--rings_left == 0) {
        ADD_FAILURE() << "the timer never stops ringing";
        break;
      }
    }
    now = end;
  }

  // Answers the oldest open request, a moment after whatever came before.
  void answer(const Judgement& judgement, std::size_t which = 0) {
    ASSERT_LT(which, open.size()) << "nothing was sent";
    advance(1ms);
    const BatchId id = open[which];
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
    tell(Answered{id, judgement});
    advance(0s);
  }

  // Answers the open probe.
  void answer_probe(const Judgement& judgement) {
    ASSERT_TRUE(probe_is_open) << "nothing was asked";
    advance(1ms);
    probe_is_open = false;
    tell(Probed{judgement});
    advance(0s);
  }

  // The backend answers everything, time passes when nothing is open, until the lane is empty.
  template <typename Backend>
  void serve(Backend backend, Duration limit = 240h) {
    const SteadyTime end = now + limit;
    while (now < end && !::testing::Test::HasFailure()) {
      if (!open.empty())
        answer(backend(sent(0)));
      else if (timer)
        advance(std::max(std::min(*timer, end) - now, Duration::zero()));
      else
        return;
    }
  }

  // The records of the n-th open request.
  [[nodiscard]] Numbers sent(std::size_t which = 0) const {
    Numbers numbers;
    if (which >= open.size()) return numbers;
    for (const queue::Slice& slice : core.batch(open[which]).slices)
      for (std::uint32_t i = slice.first; i < slice.last; ++i)
        numbers.push_back(
            static_cast<std::uint32_t>(std::strtoul(slice.segment->bytes(i, i + 1).data(), nullptr, 10)));
    return numbers;
  }
  // How long until the next try, for a lane that fails.
  [[nodiscard]] Duration next_try() const { return core.view().next_try.value_or(now) - now; }

  [[nodiscard]] observe::Books books() const {
    observe::Books all = rings.snapshot();
    const LaneView view = core.view();
    all.lanes[lane].held.memory += view.parked;
    all.lanes[lane].held.spool += view.parked_stored;
    all.lanes[lane].held.in_flight += view.in_flight;
    return all;
  }
  [[nodiscard]] observe::LaneBooks account() const { return books().lanes[lane]; }
  [[nodiscard]] std::uint64_t dead(Dead reason) const {
    return account().dead[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t dropped(Drop reason) const {
    return account().dropped[static_cast<std::size_t>(reason)];
  }

  observe::Ledger ledger;
  queue::Rings rings;
  observe::LaneId lane;
  SteadyTime now{1h};
  Random random{1};
  LaneCore core;
  std::optional<SteadyTime> timer;
  std::vector<BatchId> open;  // requests, oldest first
  std::vector<Buried> buried;
  std::vector<queue::Letter> letters;
  std::vector<NotTaken> notes;
  std::vector<queue::RowEnd> rows;     // ends that the spool was told of
  std::vector<queue::PutBack> saving;  // batches that are to be put on disk
  std::uint32_t pushed = 0;
  queue::RowId last_row = 0;
  int sends = 0, key_reads = 0, state_changes = 0, finishes = 0, probes = 0, closes = 0;
  bool probe_is_open = false;

 private:
  observe::LaneId open_books() {
    ledger.open(observe::ListenerId::unix_stream);
    ledger.open(observe::DestinationId::malti);
    return ledger.add_lane(observe::DestinationId::malti, "malti/orders");
  }
  void carry_out(const Command& command) {
    if (const auto* wanted = std::get_if<WakeMeAt>(&command)) timer = wanted->time;
    if (const auto* wanted = std::get_if<Send>(&command)) {
      open.push_back(wanted->batch);
      ++sends;
    }
    if (const auto* dead = std::get_if<Buried>(&command)) buried.push_back(*dead);
    if (const auto* wanted = std::get_if<SaveBatch>(&command)) saving.push_back(wanted->batch);
    if (const auto* partly = std::get_if<NotTaken>(&command)) notes.push_back(*partly);
    if (std::holds_alternative<Probe>(command)) {
      EXPECT_FALSE(probe_is_open || !open.empty()) << "one request at a time while it fails";
      probe_is_open = true;
      ++probes;
    }
    if (std::holds_alternative<Closed>(command)) ++closes;
    if (std::holds_alternative<ReadKey>(command)) ++key_reads;
    if (std::holds_alternative<StateChanged>(command)) ++state_changes;
    if (std::holds_alternative<Finished>(command)) ++finishes;
  }
};

}  // namespace pannier::deliver
