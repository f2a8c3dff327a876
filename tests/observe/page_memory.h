// Memory for a counter page that a child process shares, and reads of records as the intake books them.
#pragma once
#include <sys/mman.h>

#include <new>
#include <span>
#include <vector>

#include "observe/counter_page.h"

namespace pannier::observe {

class PageMemory {
 public:
  explicit PageMemory(std::size_t lanes) : size_(CounterPage::bytes_for(lanes)) {
    void* memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    memory_ = static_cast<std::byte*>(memory);
  }
  PageMemory(const PageMemory&) = delete;
  PageMemory& operator=(const PageMemory&) = delete;
  ~PageMemory() { ::munmap(memory_, size_); }

  [[nodiscard]] std::span<std::byte> bytes() { return {memory_, size_}; }
  std::uint64_t& number(std::size_t offset) { return *reinterpret_cast<std::uint64_t*>(memory_ + offset); }

 private:
  std::size_t size_;
  std::byte* memory_;
};

template <typename Id>
std::uint16_t at(Id id) {
  return static_cast<std::uint16_t>(id);
}

// A read of so many good lines and a bad one; all went to the lane and were delivered at once. Some counters
// move more than once.
inline std::vector<Movement> a_read(LaneId lane, std::uint64_t records) {
  const std::uint16_t udp = at(ListenerId::udp);
  const auto json = static_cast<std::uint8_t>(Reject::json);
  return {{Account::lines, 0, udp, records},
          {Account::accepted, 0, udp, records},
          {Account::lines, 0, udp, 1},
          {Account::rejected, json, udp, 1},
          {Account::lane_accepted, 0, lane, 1},
          {Account::lane_accepted, 0, lane, records - 1},
          {Account::delivered, 0, lane, records},
          {Account::undurable, 0, lane, records}};
}

}  // namespace pannier::observe
