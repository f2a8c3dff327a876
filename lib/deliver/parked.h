// The batches that a lane has taken and must send again, and which of them goes next: this is where a record
// that spoils its batch is found, by index, by halving, or by suspicion after a 500 that names nobody. Used
// by LaneCore. Threads: not safe; pure.
//
// Isolation (400, 413, 422): halves go before everything else; if a first half passes, the second is known to
// be bad and is halved without being sent. One batch is isolated at a time, others that need it wait.
// Suspicion (500): the batch waits while others are tried; if it fails again after another one passed, it is
// halved; a single record that fails so
// four times is the poison. While nothing passes, the backend is down and
// nobody is suspect.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "deliver/batch.h"

namespace pannier::deliver {

// Judgements about one batch that outlive an attempt.
struct Attempt {
  Batch batch;
  Duration first_tried{-1};  // on the lane's clock that stands still while blocked; negative: never
  SteadyTime sent_at{};
  std::uint32_t server_errors = 0;      // 500s that named nobody
  std::uint32_t strikes = 0;            // such 500s after another batch had passed
  std::optional<SteadyTime> failed_at;  // its last 500, or when it was split
  BatchId second_half = 0;              // whose sibling this is: bad if this one passes whole
  bool isolating = false;               // a part of a batch that was refused
  bool known_bad = false;               // holds a bad record for certain: halve, do not send
  bool wants_isolation = false;         // refused while another one is being isolated
  bool was_only_too_large = false;      // and for its size, which says nothing about its records
};

class Parked {
 public:
  static constexpr std::uint32_t errors_before_halving = 8;
  // So often must a single record fail, each time with another batch getting through in between, to be the
  // poison.
  static constexpr std::uint32_t strikes_of_poison = 4;

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  [[nodiscard]] bool is_isolating() const;  // parts of a refused batch wait here
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::uint64_t records() const;
  [[nodiscard]] std::uint64_t stored() const;  // of these, on disk too

  void add_last(Attempt attempt) { waiting_.push_back(std::move(attempt)); }
  void add_first(Attempt attempt) { waiting_.push_front(std::move(attempt)); }
  void mark_known_bad(BatchId id);

  // The one that should go before any fresh batch; none: take a fresh one if there is, else any().
  // `last_pass`: when the last batch that got through was sent. `isolation_open`: a part of one is in flight.
  // flight.
  std::optional<Attempt> next(SteadyTime last_pass, bool isolation_open);
  std::optional<Attempt> any();
  std::deque<Attempt>& all() { return waiting_; }
  std::deque<Attempt> take_all() { return std::exchange(waiting_, {}); }

 private:
  std::optional<Attempt> take(const std::deque<Attempt>::iterator& found);
  std::deque<Attempt> waiting_;
};

}  // namespace pannier::deliver
