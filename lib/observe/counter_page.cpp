#include "observe/counter_page.h"

#include <algorithm>
#include <utility>

#include "observe/counter_memory.h"

namespace pannier::observe {
namespace {

using memory::in_order;
using memory::store;
using View = memory::View<std::byte>;

std::size_t lanes_in(std::size_t bytes) {
  const std::size_t base = CounterPage::bytes_for(0);
  return bytes < base ? 0 : (bytes - base) / (CounterPage::bytes_for(1) - base);
}

}  // namespace

std::size_t CounterPage::bytes_for(std::size_t lanes) {
  return sizeof(memory::Header) + memory::redo_entries(lanes) * sizeof(memory::Redo) +
         layout::counters(lanes) * sizeof(std::uint64_t) + lanes * sizeof(memory::LaneSlot);
}

CounterPage::CounterPage(std::span<std::byte> memory, std::uint64_t run, const std::string& boot)
    : memory_(memory), lanes_(lanes_in(memory.size())), values_(layout::counters(lanes_)) {
  memory::Header& header = *View(memory_.data(), lanes_).header;
  store(header.magic, 0);
  in_order();
  std::ranges::fill(memory_.subspan(sizeof header.magic), std::byte{0});
  header.layout = layout::hash();
  header.run = run;
  header.lanes = lanes_;
  std::memcpy(header.boot, boot.data(), std::min(boot.size(), memory::longest_boot - 1));
  in_order();
  store(header.magic, memory::magic);
}

void CounterPage::raise(std::size_t flag) {
  values_[flag] = 1;
  store(View(memory_.data(), lanes_).counters[flag], 1);
}
void CounterPage::open(ListenerId listener) {
  raise(layout::open_flag(listener));
}
void CounterPage::open(DestinationId destination) {
  raise(layout::open_flag(destination));
}

void CounterPage::add(std::span<const Movement> movements) {
  memory::Redo* redo = View(memory_.data(), lanes_).redo;
  std::size_t entries = 0;
  for (const Movement& movement : movements) {
    const auto counter = layout::position(movement);
    // A lane without a place lies behind the last counter.
    if (!counter || *counter >= values_.size()) continue;
    if (entries == memory::redo_entries(lanes_)) finish_round(std::exchange(entries, 0));
    values_[*counter] += movement.count;
    store(redo[entries].counter, *counter);
    store(redo[entries].value, values_[*counter]);
    ++entries;
  }
  finish_round(entries);
}

void CounterPage::finish_round(std::size_t entries) {
  const View view(memory_.data(), lanes_);
  in_order();
  store(view.header->redo, entries);
  in_order();
  for (std::size_t i = 0; i < entries; ++i) store(view.counters[view.redo[i].counter], view.redo[i].value);
  in_order();
  store(view.header->redo, 0);
  in_order();
}

bool CounterPage::name_lane(LaneId lane, DestinationId destination, const std::string& name) {
  if (lane >= lanes_ || lane != named_ || name.size() > memory::longest_name) return false;
  ++named_;
  memory::LaneSlot& slot = View(memory_.data(), lanes_).slots[lane];
  slot.destination = static_cast<std::uint64_t>(destination);
  std::memcpy(slot.name, name.data(), name.size());
  in_order();
  store(slot.named, name.size() + 1);
  return true;
}

void CounterPage::mark(LaneId lane, std::size_t window, RowWindow rows) {
  if (lane >= lanes_ || window >= windows_of_lane) return;
  memory::Window& marked = View(memory_.data(), lanes_).slots[lane].windows[window];
  const std::uint64_t next = 1 - memory::load(marked.current);
  store(marked.first[next], static_cast<std::uint64_t>(rows.first));
  store(marked.last[next], static_cast<std::uint64_t>(rows.last));
  in_order();
  store(marked.current, next);
  in_order();
}

RunPage CounterPage::contents() const {
  return read(memory_).value_or(RunPage{});
}

}  // namespace pannier::observe
