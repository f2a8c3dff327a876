#include "queue/window_table.h"

#include <algorithm>

namespace pannier::queue {
namespace {

using observe::RowWindow;

// `windows` and one more, sorted, and those that touch made one.
std::vector<RowWindow> joined(std::vector<RowWindow> windows) {
  std::sort(windows.begin(), windows.end(), [](auto left, auto right) { return left.first < right.first; });
  std::vector<RowWindow> apart;
  for (const RowWindow window : windows) {
    if (!apart.empty() && window.first <= apart.back().last)
      apart.back().last = std::max(apart.back().last, window.last);
    else
      apart.push_back(window);
  }
  return apart;
}

}  // namespace

WindowTable::WindowTable(sqlite::Statement select, sqlite::Statement insert, sqlite::Statement remove)
    : select_(std::move(select)), insert_(std::move(insert)), remove_(std::move(remove)) {}

Result<WindowTable> WindowTable::open(sqlite::Database& database) {
  sqlite::Preparer prepare(database);
  auto select = prepare("SELECT lane, first, last FROM windows");
  auto insert = prepare("INSERT INTO windows (lane, first, last) VALUES (?, ?, ?)");
  auto remove = prepare("DELETE FROM windows WHERE lane = ?");
  if (prepare.error()) return *prepare.error();
  WindowTable table(std::move(select), std::move(insert), std::move(remove));
  if (const auto done = table.reload(); !done) return done.error();
  return table;
}

Result<void> WindowTable::reload() {
  Windows windows;
  for (;;) {
    const auto row = select_.step();
    if (!row) return row.error();
    if (!*row) break;
    windows[select_.integer(0)].push_back({select_.integer(1), select_.integer(2)});
  }
  for (auto& [lane, of_lane] : windows) of_lane = joined(std::move(of_lane));
  windows_ = std::move(windows);
  return {};
}

bool WindowTable::covers(std::int64_t lane, std::int64_t row) const {
  const auto found = windows_.find(lane);
  if (found == windows_.end()) return false;
  const auto is_in = [row](RowWindow window) { return window.first <= row && row <= window.last; };
  return std::any_of(found->second.begin(), found->second.end(), is_in);
}

Result<void> WindowTable::add(std::int64_t lane, RowWindow window) {
  std::vector<RowWindow>& windows = windows_[lane];
  windows.push_back(window);
  windows = joined(std::move(windows));
  if (windows.size() > most_of_lane) {
    windows[1].first = windows[0].first;
    windows.erase(windows.begin());
  }
  return write(lane);
}

Result<void> WindowTable::forget_below(std::int64_t lane, std::int64_t row) {
  const auto found = windows_.find(lane);
  if (found == windows_.end()) return {};
  const auto is_over = [row](RowWindow window) { return window.last < row; };
  if (std::erase_if(found->second, is_over) == 0) return {};
  const auto done = write(lane);
  if (found->second.empty()) windows_.erase(found);
  return done;
}

Result<void> WindowTable::write(std::int64_t lane) {
  remove_.bind(1, lane);
  if (const auto done = remove_.run(); !done) return done.error();
  for (const RowWindow window : windows_[lane]) {
    insert_.bind(1, lane);
    insert_.bind(2, window.first);
    insert_.bind(3, window.last);
    if (const auto done = insert_.run(); !done) return done.error();
  }
  return {};
}

}  // namespace pannier::queue
