// Which rows of a lane may have been in flight when a run ended: spans of row ids, for marking the rows would
// write a whole backlog. All of them are in memory. User: SqliteStore. Threads: its own.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "base/sqlite.h"
#include "observe/counter_page.h"

namespace pannier::queue {

class WindowTable {
 public:
  // Above that many of one lane the two lowest become one: then some rows are marked that need not be.
  static constexpr std::size_t most_of_lane = 32;

  static Result<WindowTable> open(sqlite::Database& database);

  [[nodiscard]] bool covers(std::int64_t lane, std::int64_t row) const;
  // Within a transaction; what is in memory changes at once, so that after a failure reload() is due.
  Result<void> add(std::int64_t lane, observe::RowWindow window);
  Result<void> forget_below(std::int64_t lane, std::int64_t row);  // windows that end before it
  Result<void> reload();

  using Windows = std::map<std::int64_t, std::vector<observe::RowWindow>>;
  [[nodiscard]] const Windows& windows() const { return windows_; }

 private:
  WindowTable(sqlite::Statement select, sqlite::Statement insert, sqlite::Statement remove);
  Result<void> write(std::int64_t lane);
  Windows windows_;  // by the lane's id, sorted and apart
  sqlite::Statement select_, insert_, remove_;
};

}  // namespace pannier::queue
