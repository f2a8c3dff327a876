#include "deliver/batch.h"

#include <algorithm>

namespace pannier::deliver {
namespace {

// Appends records [first, last) of `slice`, where there are any.
void add_part(Batch& batch, const queue::Slice& slice, std::uint32_t first, std::uint32_t last) {
  if (first == last) return;
  queue::Slice part = slice;
  part.last = slice.first + last;
  part.first += first;
  batch.add(std::move(part));
}

Batch empty_like(const Batch& batch) {
  Batch copy;
  copy.attempts = batch.attempts;
  copy.maybe_sent = batch.maybe_sent;
  copy.doubt_booked = batch.doubt_booked;
  return copy;
}

}  // namespace

void Batch::add(queue::Slice slice) {
  attempts = std::max(attempts, slice.attempts);
  records += slice.records();
  bytes += slice.bytes().size();
  slices.push_back(std::move(slice));
}

std::uint32_t Batch::doubtful() const {
  std::uint32_t count = 0;
  for (const queue::Slice& slice : slices) count += slice.maybe_sent ? slice.records() : 0;
  return count;
}

std::uint64_t Batch::stored() const {
  std::uint64_t count = 0;
  for (const queue::Slice& slice : slices) count += slice.is_stored() ? slice.records() : 0;
  return count;
}

std::pair<Batch, Batch> Batch::halves() const {
  std::pair<Batch, Batch> parts{empty_like(*this), empty_like(*this)};
  std::uint32_t left = records / 2;
  for (const queue::Slice& slice : slices) {
    const std::uint32_t count = std::min(left, slice.records());
    add_part(parts.first, slice, 0, count);
    add_part(parts.second, slice, count, slice.records());
    left -= count;
  }
  return parts;
}

Batch Batch::only(std::span<const std::uint32_t> sorted_indexes) const {
  Batch chosen = empty_like(*this);
  std::uint32_t base = 0;
  auto next = sorted_indexes.begin();
  for (const queue::Slice& slice : slices) {
    for (; next != sorted_indexes.end() && *next < base + slice.records(); ++next)
      add_part(chosen, slice, *next - base, *next - base + 1);
    base += slice.records();
  }
  return chosen;
}

Batch Batch::without(std::span<const std::uint32_t> sorted_indexes) const {
  Batch rest = empty_like(*this);
  std::uint32_t base = 0;
  auto next = sorted_indexes.begin();
  for (const queue::Slice& slice : slices) {
    std::uint32_t from = 0;
    for (; next != sorted_indexes.end() && *next < base + slice.records(); ++next) {
      add_part(rest, slice, from, *next - base);
      from = *next - base + 1;
    }
    add_part(rest, slice, from, slice.records());
    base += slice.records();
  }
  return rest;
}

}  // namespace pannier::deliver
