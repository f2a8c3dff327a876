// How much memory the unfinished lines of all connections may hold together: each always `of_its_own`, what
// is above that comes out of one common pot, so that 512 half lines of 256 KiB can't take 128 MiB. Users: the
// LineSplitters of one intake thread. Threads: not safe.
#pragma once
#include <cstddef>

namespace pannier::receive {

class CarryBudget {
 public:
  static constexpr std::size_t of_its_own = 16 * 1024;        // bytes, for each connection
  static constexpr std::size_t usual_pot = 16 * 1024 * 1024;  // bytes, for all

  explicit CarryBudget(std::size_t pot = usual_pot) : left_(pot) {}

  // May a carry grow from `held` to `wanted` bytes? If so, that is booked.
  [[nodiscard]] bool grow(std::size_t held, std::size_t wanted) {
    const std::size_t more = beyond(wanted) - beyond(held);
    if (more > left_) return false;
    left_ -= more;
    return true;
  }
  void give_back(std::size_t held) { left_ += beyond(held); }
  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  static std::size_t beyond(std::size_t bytes) { return bytes > of_its_own ? bytes - of_its_own : 0; }
  std::size_t left_;
};

}  // namespace pannier::receive
