// How many requests of a lane may be open at once: one while it fails, one more after each success.
// Used by LaneCore. Threads: not safe; pure.
#pragma once
#include <algorithm>
#include <cstdint>

namespace pannier::deliver {

class Window {
 public:
  explicit Window(std::uint32_t connections) : most_(connections), open_(connections) {}
  void configure(std::uint32_t connections) {
    most_ = connections;
    open_ = std::min(open_, most_);
  }
  [[nodiscard]] std::uint32_t size() const { return open_; }
  [[nodiscard]] std::uint32_t most() const { return most_; }
  void after_failure() { open_ = 1; }
  void after_success() { open_ = std::min(open_ + 1, most_); }

 private:
  std::uint32_t most_, open_;
};

}  // namespace pannier::deliver
