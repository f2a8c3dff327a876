#include "deliver/ending.h"

#include <algorithm>

namespace pannier::deliver {

using observe::Account;

namespace {

// The dead are the spool's own in either case: it keeps them.
Account stored(Account account) {
  if (account == Account::delivered) return Account::stored_delivered;
  if (account == Account::dropped) return Account::stored_dropped;
  return account;
}

}  // namespace

void Endings::book(Account account, std::uint8_t reason, std::uint32_t records) {
  if (!books_.empty() && books_.back().account == account && books_.back().reason == reason)
    books_.back().count += records;
  else
    books_.push_back({account, reason, lane_, records});
}

void Endings::range(const Batch& batch, std::uint32_t first, std::uint32_t last, Ending how) {
  std::uint32_t base = 0;
  for (const queue::Slice& slice : batch.slices) {
    const std::uint32_t from = std::max(first, base);
    const std::uint32_t to = std::min(last, base + slice.records());
    if (from < to) end(slice, slice.first + from - base, slice.first + to - base, how);
    base += slice.records();
  }
}

void Endings::at(const Batch& batch, std::span<const std::uint32_t> sorted_indexes, Ending how) {
  for (const std::uint32_t index : sorted_indexes) range(batch, index, index + 1, how);
}

// Records [first, last) of the slice's segment.
void Endings::end(const queue::Slice& slice, std::uint32_t first, std::uint32_t last, Ending how) {
  const std::uint32_t records = last - first;
  if (!slice.is_stored()) return book(how.account, how.reason, records);
  book(stored(how.account), how.reason, records);
  rows_.push_back({lane_, slice.row, first, last, slice.segment->bytes(first, last).size(),
                   stored(how.account), how.reason});
}

}  // namespace pannier::deliver
