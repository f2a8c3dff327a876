// The bytes of a counter page: a header, the redo area, the counters, a slot for each lane. Users:
// counter_page.cpp writes, counter_page_read.cpp reads. Every number is a std::uint64_t of its own, stored
// and loaded as an atomic; what must not be seen early is parted by fences for the compiler, which is enough:
// a kill stops a thread between two instructions, and what it has stored by then stays.
#pragma once
#include <atomic>
#include <cstring>
#include <type_traits>

#include "observe/counter_layout.h"
#include "observe/counter_page.h"

namespace pannier::observe::memory {

inline constexpr std::uint64_t magic = 0x6567'6170'6e61'7001ULL;
inline constexpr std::size_t longest_boot = 64;
inline constexpr std::size_t longest_name = 511;

struct Header {
  std::uint64_t magic;  // written last
  std::uint64_t layout;
  std::uint64_t run;
  std::uint64_t lanes;  // places for lanes
  char boot[longest_boot];
  std::uint64_t redo;  // so many entries of the redo area are not all done yet
};
struct Redo {
  std::uint64_t counter;
  std::uint64_t value;
};
// A window is changed by writing the place that does not count, and then which one counts.
struct Window {
  std::uint64_t current;
  std::uint64_t first[2];
  std::uint64_t last[2];
};
struct LaneSlot {
  std::uint64_t named;  // 0, or the name's size + 1; written last
  std::uint64_t destination;
  Window windows[windows_of_lane];
  char name[longest_name + 1];
};

constexpr std::size_t redo_entries(std::size_t lanes) {
  return layout::counters(lanes);  // one read can't move more counters than there are
}

template <typename Byte>
struct View {
  template <typename T>
  using Like = std::conditional_t<std::is_const_v<Byte>, const T, T>;

  Like<Header>* header;
  Like<Redo>* redo;
  Like<std::uint64_t>* counters;
  Like<LaneSlot>* slots;

  View(Byte* memory, std::size_t lanes)
      : header(reinterpret_cast<Like<Header>*>(memory)),
        redo(reinterpret_cast<Like<Redo>*>(memory + sizeof(Header))),
        counters(reinterpret_cast<Like<std::uint64_t>*>(redo + redo_entries(lanes))),
        slots(reinterpret_cast<Like<LaneSlot>*>(counters + layout::counters(lanes))) {}
};

inline std::uint64_t load(const std::uint64_t& number) {
  return __atomic_load_n(&number, __ATOMIC_RELAXED);
}
inline void store(std::uint64_t& number, std::uint64_t value) {
  __atomic_store_n(&number, value, __ATOMIC_RELAXED);
}
// What stands before it is in memory before anything that stands behind it.
inline void in_order() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace pannier::observe::memory
