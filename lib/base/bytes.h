// A growing byte buffer for encoders: room is claimed once for a record, then written by plain pointer.
// Unlike std::string it never fills what it hands out. Threads: not safe.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace pannier {

class Bytes {
 public:
  // At least `room` writable bytes behind the content; keep the pointer until the next call only.
  char* claim(std::size_t room) {
    if (capacity_ - size_ < room) grow(room);
    return data_.get() + size_;
  }
  // `end` is where the writing stopped. REQUIRES: a pointer into what claim() handed out.
  void commit(const char* end) { size_ = static_cast<std::size_t>(end - data_.get()); }
  void append(std::string_view text) {
    if (text.empty()) return;  // memcpy takes no null pointer, not even for nothing
    char* out = claim(text.size());
    std::memcpy(out, text.data(), text.size());
    size_ += text.size();
  }
  void clear() { size_ = 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::string_view view() const { return {data_.get(), size_}; }

 private:
  void grow(std::size_t room) {
    std::size_t wanted = capacity_ < 4096 ? 4096 : capacity_ * 2;
    while (wanted < size_ + room) wanted *= 2;
    std::unique_ptr<char[]> larger(new char[wanted]);
    if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = wanted;
  }
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace pannier
