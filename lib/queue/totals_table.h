// The totals since the spool was made, by name (book_numbers.h). Numbers with names that this version does
// not know stay as they are. User: SqliteStore. Threads: its own.
#pragma once
#include <cstdint>

#include "base/sqlite.h"
#include "queue/book_numbers.h"

namespace pannier::queue {

class TotalsTable {
 public:
  static Result<TotalsTable> open(sqlite::Database& database);

  Result<void> add(const NumberName& name, std::uint64_t count);
  Result<observe::Books> read();
  Result<void> write(observe::Books books);

 private:
  TotalsTable(sqlite::Statement add, sqlite::Statement set, sqlite::Statement select);
  sqlite::Statement add_, set_, select_;
};

}  // namespace pannier::queue
