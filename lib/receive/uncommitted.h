// Requests whose records were taken and are not on disk yet: whoever sent them is told once they are, or that
// nobody knows. User: MaltiListener, in mode always. Threads: not safe. Pure: times are handed in. Bounded by
// its user's connections: each waits for its answer.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "receive/intake.h"

namespace pannier::receive {

class Uncommitted {
 public:
  struct Request {
    std::uint64_t ticket = 0;
    SteadyTime until;                        // so long it waits at most
    std::vector<LaneRecords> lanes;          // what was taken of it
    std::function<void(bool on_disk)> tell;  // called once

    void add(std::span<const LaneRecords> more) {
      for (const LaneRecords& each : more) {
        const auto known = std::ranges::find(lanes, each.lane, &LaneRecords::lane);
        if (known == lanes.end())
          lanes.push_back(each);
        else
          known->records += each.records;
      }
    }
  };

  // What becomes of the records of a request that is told that nobody knows.
  using Doubt = std::function<void(std::span<const LaneRecords>)>;
  explicit Uncommitted(Doubt doubt) : doubt_(std::move(doubt)) {}

  // REQUIRES: neither its ticket nor its time is below that of an earlier one.
  void add(Request request) { waiting_.push_back(std::move(request)); }
  // The spool has all up to this ticket.
  void committed(std::uint64_t watermark) {
    while (!waiting_.empty() && waiting_.front().ticket <= watermark) take_first().tell(true);
  }
  void give_up_all() {
    while (!waiting_.empty()) give_up_first();
  }
  void give_up_slow(SteadyTime now) {
    while (!waiting_.empty() && waiting_.front().until <= now) give_up_first();
  }
  [[nodiscard]] std::optional<SteadyTime> next_end() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().until);
  }

 private:
  Request take_first() {
    Request first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
  }
  void give_up_first() {
    const Request first = take_first();
    doubt_(first.lanes);
    first.tell(false);
  }

  Doubt doubt_;
  std::deque<Request> waiting_;
};

}  // namespace pannier::receive
