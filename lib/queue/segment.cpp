#include "queue/segment.h"

#include <algorithm>
#include <cstring>

namespace pannier::queue {

Segment::Segment(std::size_t capacity, std::size_t max_records)
    : data_(new char[capacity]), capacity_(capacity), max_records_(max_records) {
  ends_.reserve(max_records);
}

std::size_t Segment::append(std::string_view bytes, std::span<const std::uint32_t> ends, std::size_t from) {
  if (sealed_) return 0;
  const std::uint32_t start = from == 0 ? 0 : ends[from - 1];
  const std::span<const std::uint32_t> left = ends.subspan(from);
  const auto fitting = std::upper_bound(left.begin(), left.end(), start + (capacity_ - size_)) - left.begin();
  const std::size_t taken = std::min(static_cast<std::size_t>(fitting), max_records_ - ends_.size());
  if (taken == 0) return 0;
  const std::size_t length = left[taken - 1] - start;
  if (length != 0) std::memcpy(data_.get() + size_, bytes.data() + start, length);
  const auto shift = static_cast<std::uint32_t>(size_) - start;
  for (std::size_t i = 0; i < taken; ++i) ends_.push_back(left[i] + shift);
  size_ += length;
  return taken;
}

std::uint32_t Segment::records_within(std::uint32_t first, std::size_t bytes) const {
  const auto begin = ends_.begin() + first;
  return static_cast<std::uint32_t>(std::upper_bound(begin, ends_.end(), start_of(first) + bytes) - begin);
}

void Segment::trim() {
  std::unique_ptr<char[]> exact(new char[size_]);
  std::memcpy(exact.get(), data_.get(), size_);
  data_ = std::move(exact);
  capacity_ = size_;
  max_records_ = ends_.size();
  ends_.shrink_to_fit();
}

void SegmentPool::trim(Segment& segment) {
  if (segment.size() * 2 > segment.capacity()) return;
  const std::size_t before = segment.allocated();
  segment.trim();
  allocated_.fetch_sub(before - segment.allocated(), std::memory_order_relaxed);
}

std::size_t SegmentPool::cost(std::size_t bytes) {
  return std::max(bytes, usual_bytes) + usual_records * sizeof(std::uint32_t) + sizeof(Segment);
}

std::size_t SegmentPool::fitting(std::size_t memory, std::size_t bytes) {
  const std::size_t in_one = usual_bytes / std::max<std::size_t>(bytes, 1);
  return memory / cost(bytes) * std::clamp<std::size_t>(in_one, 1, usual_records);
}

SegmentPtr SegmentPool::make(std::size_t bytes) {
  std::unique_ptr<Segment> segment;
  if (bytes <= usual_bytes) {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      segment = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!segment) segment = std::make_unique<Segment>(std::max(bytes, usual_bytes), usual_records);
  return hand_out(std::move(segment));
}

SegmentPtr SegmentPool::make_filled(std::string_view bytes, std::span<const std::uint32_t> ends) {
  auto segment = std::make_unique<Segment>(bytes.size(), ends.size());
  segment->append(bytes, ends, 0);
  segment->seal();
  return hand_out(std::move(segment));
}

SegmentPtr SegmentPool::hand_out(std::unique_ptr<Segment> segment) {
  allocated_.fetch_add(segment->allocated(), std::memory_order_relaxed);
  return {segment.release(), [pool = shared_from_this()](Segment* dead) { pool->give_back(dead); }};
}

void SegmentPool::give_back(Segment* segment) noexcept {
  std::unique_ptr<Segment> owned(segment);
  allocated_.fetch_sub(owned->allocated(), std::memory_order_relaxed);
  if (owned->capacity() != usual_bytes || owned->max_records() != usual_records) return;
  owned->reset();
  const std::lock_guard lock(mutex_);
  if (free_.size() < kept) free_.push_back(std::move(owned));
}

Slice copy_of(const Slice& slice, SegmentPool& pool) {
  std::vector<std::uint32_t> ends;
  const std::uint32_t start = slice.segment->start_of(slice.first);
  for (std::uint32_t i = slice.first; i < slice.last; ++i) ends.push_back(slice.segment->end_of(i) - start);
  Slice copy = slice;
  copy.segment = pool.make_filled(slice.bytes(), ends);
  copy.segment->set_format(slice.segment->format());
  copy.first = 0;
  copy.last = slice.records();
  return copy;
}

}  // namespace pannier::queue
