// Room for text that lives as long as one read: claimed by moving a pointer, given back all at once.
// Users: an intake thread and what it calls (process, encoders). Threads: not safe; one a thread.
// Bound: what one read claims, which its bytes bound; reset() keeps at most kept_bytes of that.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace pannier {

class Arena {
 public:
  static constexpr std::size_t chunk_bytes = 16'384;
  static constexpr std::size_t kept_bytes = 16 * chunk_bytes;

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // `bytes` writable bytes, not aligned, valid until reset().
  char* claim(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - next_) < bytes) open_chunk_for(bytes);
    char* const claimed = next_;
    next_ += bytes;
    return claimed;
  }
  // A copy of `text`, valid until reset().
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    char* const copy = claim(text.size());
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }
  // Ends the life of all that was claimed.
  void reset() {
    while (capacity_ > kept_bytes) {
      capacity_ -= chunks_.back().size;
      chunks_.pop_back();
    }
    opened_ = 0;
    next_ = end_ = nullptr;
  }
  // What is allocated, used or not.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  void open_chunk_for(std::size_t bytes) {
    while (opened_ < chunks_.size() && chunks_[opened_].size < bytes) ++opened_;
    if (opened_ == chunks_.size()) {
      const std::size_t size = std::max(bytes, chunk_bytes);
      chunks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
      capacity_ += size;
    }
    next_ = chunks_[opened_].bytes.get();
    end_ = next_ + chunks_[opened_].size;
    ++opened_;
  }

  std::vector<Chunk> chunks_;
  std::size_t opened_ = 0;  // chunks before this one are in use or too small
  std::size_t capacity_ = 0;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace pannier
