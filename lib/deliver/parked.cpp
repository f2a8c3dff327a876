#include "deliver/parked.h"

#include <algorithm>

namespace pannier::deliver {

std::size_t Parked::bytes() const {
  std::size_t total = 0;
  for (const Attempt& attempt : waiting_) total += attempt.batch.bytes;
  return total;
}

std::uint64_t Parked::records() const {
  std::uint64_t total = 0;
  for (const Attempt& attempt : waiting_) total += attempt.batch.records;
  return total;
}

std::uint64_t Parked::stored() const {
  std::uint64_t total = 0;
  for (const Attempt& attempt : waiting_) total += attempt.batch.stored();
  return total;
}

bool Parked::is_isolating() const {
  return std::ranges::any_of(waiting_, &Attempt::isolating);
}

void Parked::mark_known_bad(BatchId id) {
  const auto found = std::ranges::find(waiting_, id, [](const Attempt& attempt) { return attempt.batch.id; });
  if (found != waiting_.end()) found->known_bad = true;
}

std::optional<Attempt> Parked::take(const std::deque<Attempt>::iterator& found) {
  if (found == waiting_.end()) return std::nullopt;
  Attempt attempt = std::move(*found);
  waiting_.erase(found);
  return attempt;
}

std::optional<Attempt> Parked::next(SteadyTime last_pass, bool isolation_open) {
  const auto has_a_turn = [&](const Attempt& attempt) {
    return attempt.server_errors == 0 || (attempt.failed_at && last_pass >= *attempt.failed_at);
  };
  const auto part = std::ranges::find_if(
      waiting_, [&](const Attempt& attempt) { return attempt.isolating && has_a_turn(attempt); });
  if (part != waiting_.end()) return take(part);
  return take(std::ranges::find_if(waiting_, [&](const Attempt& attempt) {
    return attempt.wants_isolation ? !isolation_open : has_a_turn(attempt);
  }));
}

// What was refused whole is never sent whole again.
std::optional<Attempt> Parked::any() {
  return take(
      std::ranges::find_if(waiting_, [](const Attempt& attempt) { return !attempt.wants_isolation; }));
}

}  // namespace pannier::deliver
