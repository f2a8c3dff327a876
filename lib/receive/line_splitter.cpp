#include "receive/line_splitter.h"

#include <algorithm>

#include "record/line_decoder.h"

namespace pannier::receive {

namespace {
constexpr std::size_t first_capacity = 1024;
}

void LineSplitter::forget_unfinished() {
  release();
  skipping_ = false;
}

LineSplitter::Kept LineSplitter::append(std::string_view piece) {
  if (piece.size() > limit_ - std::min(size_, limit_)) return Kept::over_limit;
  if (!reserve(size_ + piece.size())) return Kept::no_memory;
  std::memcpy(carry_.get() + size_, piece.data(), piece.size());
  size_ += piece.size();
  return Kept::yes;
}

// Doubles, so that a line that comes byte by byte is not copied at each of them; where the budget does not
// allow that, exactly what is needed.
bool LineSplitter::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return true;
  std::size_t wanted = std::max(bytes, std::min(limit_, std::max(first_capacity, capacity_ * 2)));
  if (!budget_->grow(capacity_, wanted)) {
    wanted = bytes;
    if (!budget_->grow(capacity_, wanted)) return false;
  }
  std::unique_ptr<char[]> larger(new char[wanted + record::line_padding]);
  if (size_ != 0) std::memcpy(larger.get(), carry_.get(), size_);
  carry_ = std::move(larger);
  capacity_ = wanted;
  return true;
}

// The same bytes wherever the line was cut: the carry's and, if those are few, the piece's.
std::string_view LineSplitter::head_with(std::string_view piece) {
  const std::size_t wanted = std::min(head_bytes, limit_);
  if (size_ == 0) return piece.substr(0, wanted);
  if (size_ < wanted) append(piece.substr(0, wanted - size_));
  return unfinished().substr(0, wanted);
}

void LineSplitter::release() {
  budget_->give_back(capacity_);
  carry_.reset();
  size_ = capacity_ = 0;
}

}  // namespace pannier::receive
