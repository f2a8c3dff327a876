// Three intake threads, a lane's taker and somebody who asks for the books, all at once; best under tsan.
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/random.h"
#include "queue/rings.h"
#include "tests/queue/lanes.h"

namespace pannier::queue {
namespace {

constexpr int reads_each = 3000;
constexpr std::size_t lane_count = 2;

class Crowd {
 public:
  void run() {
    std::vector<std::thread> pushers;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) pushers.emplace_back([this, seed] { push_all(seed); });
    std::thread taker([this] { take_all(); });
    std::thread auditor([this] { audit(); });
    for (std::thread& pusher : pushers) pusher.join();
    pushing_ = false;
    taker.join();
    auditor.join();
  }
  // What T2 holds counts as in flight; T2 itself is between two steps.
  observe::Books books() {
    const std::lock_guard lock(t2_);
    observe::Books books = lanes_.rings.snapshot();
    for (std::size_t lane = 0; lane < lane_count; ++lane)
      books.lanes[lane].held.in_flight += in_flight_[lane];
    return books;
  }
  [[nodiscard]] int audits() const { return audits_; }
  [[nodiscard]] bool in_order() const { return in_order_; }

 private:
  void push_all(std::uint64_t seed) {
    Random random(seed);
    std::vector<LaneId> woken;
    std::array<std::uint64_t, lane_count> sent{};
    for (int i = 0; i < reads_each; ++i) {
      std::array<Read, lane_count> reads;
      std::vector<observe::Movement> movements;
      std::vector<Staged> staged;
      std::uint64_t all = 0;
      for (LaneId lane = 0; lane < lane_count; ++lane) {
        const std::uint64_t count = 1 + random.below(20);
        for (std::uint64_t k = 0; k < count; ++k)
          reads[lane].add(std::to_string(seed) + "," + std::to_string(sent[lane]++) + ";",
                          1 + random.below(500));
        movements.push_back({observe::Account::lane_accepted, 0, lane, count});
        staged.push_back({lane, reads[lane].bytes, reads[lane].ends});
        all += count;
      }
      movements.push_back({observe::Account::lines, 0, 0, all});
      movements.push_back({observe::Account::accepted, 0, 0, all});
      lanes_.rings.push(staged, movements, {}, woken);
    }
  }

  void take_all() {
    Random random(99);
    std::array<std::vector<Slice>, lane_count> batches;
    while (pushing_ || lanes_.rings.pending(0).records + lanes_.rings.pending(1).records > 0) {
      const auto lane = static_cast<LaneId>(random.below(lane_count));
      {
        const std::lock_guard lock(t2_);
        lanes_.rings.take(lane, 50, 20'000, batches[lane]);
        for (const Slice& slice : batches[lane]) in_flight_[lane] += slice.records();
        lanes_.rings.arm(lane, {.first = true});
      }
      for (const Slice& slice : batches[lane]) look_at(slice, lane);
      finish(lane, batches[lane]);
    }
  }
  void finish(LaneId lane, std::vector<Slice>& batch) {
    const std::lock_guard lock(t2_);
    const observe::Movement delivered{observe::Account::delivered, 0, lane, in_flight_[lane]};
    lanes_.ledger.apply({&delivered, 1});
    in_flight_[lane] = 0;
    batch.clear();
  }
  // Records of one thread in one lane come in its order, though some may be missing.
  void look_at(const Slice& slice, LaneId lane) {
    for (std::uint32_t i = slice.first; i < slice.last; ++i) {
      const std::string name = number_of(slice.segment->bytes(i, i + 1));
      const auto thread = static_cast<std::size_t>(name[0] - '0');
      const std::uint64_t number = std::stoull(name.substr(2)) + 1;
      in_order_ = in_order_ && number > last_[lane][thread];
      last_[lane][thread] = number;
    }
  }

  void audit() {
    while (pushing_ || audits_ < 10) {
      for (const std::string& wrong : observe::imbalances(books())) ADD_FAILURE() << wrong;
      EXPECT_LE(lanes_.rings.allocated(), lanes_.rings.memory());
      ++audits_;
      if (::testing::Test::HasFailure()) return;
    }
  }

  Lanes lanes_{12 * segment_cost, lane_count};
  std::mutex t2_;
  std::array<std::uint64_t, lane_count> in_flight_{};  // guarded by t2_
  std::array<std::array<std::uint64_t, 4>, lane_count> last_{};
  std::atomic<bool> pushing_ = true;
  std::atomic<bool> in_order_ = true;
  std::atomic<int> audits_ = 0;
};

TEST(RingsStressTest, EverySnapshotBalancesWhileThreeThreadsPushAndOneTakes) {
  Crowd crowd;
  crowd.run();
  EXPECT_GE(crowd.audits(), 10);
  EXPECT_TRUE(crowd.in_order());
  const observe::Books books = crowd.books();
  for (const observe::LaneBooks& lane : books.lanes) {
    EXPECT_GT(lane.delivered, 0U);
    EXPECT_EQ(lane.held.memory + lane.held.in_flight, 0U);
  }
}

}  // namespace
}  // namespace pannier::queue
