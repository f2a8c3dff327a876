#include "observe/counter_memory.h"
#include "observe/totals.h"

namespace pannier::observe {
namespace {

using memory::load;
using View = memory::View<const std::byte>;

// The file may hold anything: nothing is believed before it was compared.
std::optional<View> view_of(std::span<const std::byte> bytes) {
  if (bytes.size() < CounterPage::bytes_for(0)) return std::nullopt;
  const memory::Header& header = *View(bytes.data(), 0).header;
  if (load(header.magic) != memory::magic || header.layout != layout::hash()) return std::nullopt;
  const std::uint64_t most_lanes = bytes.size() / sizeof(memory::LaneSlot);
  if (header.lanes > most_lanes || CounterPage::bytes_for(header.lanes) > bytes.size()) return std::nullopt;
  if (load(header.redo) > memory::redo_entries(header.lanes)) return std::nullopt;
  return View(bytes.data(), header.lanes);
}

// The counters, with what was published and not finished.
std::optional<std::vector<std::uint64_t>> values_of(const View& view) {
  std::vector<std::uint64_t> values(layout::counters(view.header->lanes));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = load(view.counters[i]);
  for (std::size_t i = 0; i < load(view.header->redo); ++i) {
    const std::uint64_t counter = load(view.redo[i].counter);
    if (counter >= values.size()) return std::nullopt;
    values[counter] = load(view.redo[i].value);
  }
  return values;
}

LaneWindows windows_of(const memory::LaneSlot& slot) {
  LaneWindows windows;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const std::uint64_t current = load(slot.windows[i].current) & 1U;
    windows[i] = {static_cast<std::int64_t>(load(slot.windows[i].first[current])),
                  static_cast<std::int64_t>(load(slot.windows[i].last[current]))};
  }
  return windows;
}

bool read_lanes(const View& view, RunPage& page) {
  for (std::size_t lane = 0; lane < view.header->lanes && load(view.slots[lane].named) != 0; ++lane) {
    const memory::LaneSlot& slot = view.slots[lane];
    const std::uint64_t size = load(slot.named) - 1;
    if (size > memory::longest_name || slot.destination >= layout::destinations) return false;
    LaneBooks books;
    books.name.assign(slot.name, size);
    books.destination = static_cast<DestinationId>(slot.destination);
    page.books.lanes.push_back(std::move(books));
    page.windows.push_back(windows_of(slot));
  }
  return true;
}

void read_flags(const std::vector<std::uint64_t>& values, Books& books) {
  for (std::size_t i = 0; i < layout::listeners; ++i)
    books.listeners[i].open = values[layout::open_flag(static_cast<ListenerId>(i))] != 0;
  for (std::size_t i = 0; i < layout::destinations; ++i)
    books.destinations[i].on = values[layout::open_flag(static_cast<DestinationId>(i))] != 0;
}

}  // namespace

std::optional<RunPage> CounterPage::read(std::span<const std::byte> memory) {
  const auto view = view_of(memory);
  if (!view) return std::nullopt;
  const auto values = values_of(*view);
  RunPage page;
  page.run = view->header->run;
  page.boot.assign(view->header->boot, ::strnlen(view->header->boot, memory::longest_boot));
  if (!values || !read_lanes(*view, page)) return std::nullopt;
  read_flags(*values, page.books);
  layout::each_counter(page.books.lanes.size(), [&](const Movement& movement) {
    counter_of(page.books, movement) = (*values)[*layout::position(movement)];
  });
  set_offered(page.books);
  return page;
}

}  // namespace pannier::observe
