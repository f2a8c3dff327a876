#include "receive/ack_book.h"

#include <algorithm>

namespace pannier::receive {

void AckBook::add(std::uint64_t ticket, const Lines& so_far) {
  if (waiting_ == 0) {
    if (ticket == 0) told_ = so_far;
    if (so_far == told_) return;
    step(waiting_++) = {ticket, so_far};
    return;
  }
  Step& newest = step(waiting_ - 1);
  if (so_far == newest.lines) return;
  if (ticket > newest.ticket && waiting_ < most_waiting) {
    step(waiting_++) = {ticket, so_far};
  } else {
    newest = {std::max(ticket, newest.ticket), so_far};
  }
}

bool AckBook::committed(std::uint64_t watermark) {
  const Lines before = told_;
  while (waiting_ != 0 && step(0).ticket <= watermark) {
    told_ = step(0).lines;
    first_ = (first_ + 1) % most_waiting;
    --waiting_;
  }
  return told_ != before;
}

}  // namespace pannier::receive
