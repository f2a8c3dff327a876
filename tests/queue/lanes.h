// Rings with a ledger and a few lanes, and records that know their number. Used by the tests of the rings.
// Threads: as Rings; the counting of what was pushed is one thread's.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "queue/rings.h"

namespace pannier::queue {

// What one usual segment costs of the memory.
inline const std::size_t segment_cost = SegmentPool::cost(1);
// A fragment that fills a segment alone.
constexpr std::size_t whole_segment = SegmentPool::usual_bytes;

struct Read {
  std::string bytes;
  std::vector<std::uint32_t> ends;

  // `text`, filled up to `size` bytes.
  Read& add(std::string text, std::size_t size = 0) {
    if (text.size() < size) text.resize(size, '.');
    bytes += text;
    ends.push_back(static_cast<std::uint32_t>(bytes.size()));
    return *this;
  }
};

inline std::string number_of(std::string_view fragment) {
  return std::string(fragment.substr(0, fragment.find(';')));
}

class Lanes {
 public:
  explicit Lanes(std::size_t memory = 64 * 1024 * 1024, std::size_t lanes = 1) : rings(memory, ledger) {
    ledger.open(observe::ListenerId::unix_stream);
    ledger.open(observe::DestinationId::malti);
    while (lanes-- > 0) add_lane();
  }
  LaneId add_lane() {
    const LaneId lane =
        ledger.add_lane(observe::DestinationId::malti, "malti/" + std::to_string(lane_count++));
    rings.add_lane(lane);
    return lane;
  }

  // One read of `count` records of `size` bytes each, numbered on from the last. True: pause.
  bool push(std::size_t count, std::size_t size = 10, LaneId lane = 0) {
    Read read;
    for (std::size_t i = 0; i < count; ++i) read.add(std::to_string(pushed[lane]++) + ";", size);
    return push(read, lane);
  }
  bool push(const Read& read, LaneId lane = 0) {
    const std::uint64_t count = read.ends.size();
    const std::vector<observe::Movement> movements{{observe::Account::lines, 0, 0, count},
                                                   {observe::Account::accepted, 0, 0, count},
                                                   {observe::Account::lane_accepted, 0, lane, count}};
    const Staged staged{lane, read.bytes, read.ends};
    return rings.push({&staged, 1}, movements, {}, woken).pause;
  }

  // The numbers of the records taken, in order. What was taken is kept until taken.clear().
  std::vector<std::string> take(std::uint32_t records, std::size_t bytes = 1U << 30U, LaneId lane = 0) {
    std::vector<Slice> slices;
    rings.take(lane, records, bytes, slices);
    std::vector<std::string> numbers;
    for (const Slice& slice : slices)
      for (std::uint32_t i = slice.first; i < slice.last; ++i)
        numbers.push_back(number_of(slice.segment->bytes(i, i + 1)));
    taken.insert(taken.end(), slices.begin(), slices.end());
    in_flight[lane] += numbers.size();
    return numbers;
  }

  [[nodiscard]] observe::Books books() const {
    observe::Books books = rings.snapshot();
    for (const auto& [lane, records] : in_flight) books.lanes[lane].held.in_flight += records;
    return books;
  }
  [[nodiscard]] std::uint64_t held(LaneId lane = 0) const { return books().lanes[lane].held.memory; }
  [[nodiscard]] std::uint64_t dropped(LaneId lane = 0) const {
    return observe::sum(books().lanes[lane].dropped);
  }
  void expect_balance() const {
    for (const std::string& wrong : observe::imbalances(books())) ADD_FAILURE() << wrong;
  }

  observe::Ledger ledger;
  Rings rings;
  std::vector<LaneId> woken;
  std::vector<Slice> taken;
  std::map<LaneId, std::uint64_t> in_flight, pushed;
  std::size_t lane_count = 0;
};

inline std::vector<std::string> numbers(std::size_t first, std::size_t last) {
  std::vector<std::string> all;
  for (; first < last; ++first) all.push_back(std::to_string(first));
  return all;
}

}  // namespace pannier::queue
