// The rows of the spool: segments in the wire's own bytes, each with its checksum, and how far those are that
// are finished in part. Lanes are numbers here. User: SqliteStore, within its transactions. Threads: its own.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "queue/store.h"

namespace pannier::queue {

class SegmentTable {
 public:
  static Result<SegmentTable> open(sqlite::Database& database);

  Result<void> put(std::int64_t lane, const Put& put);
  // What is gone with it. A row that is not there any more is gone already.
  Result<Removed> finish(const Finish& finish);
  Result<Removed> make_room(std::int64_t lane, const MakeRoom& room);
  // `maybe_sent` is as the rows themselves say.
  Result<Loaded> load(std::int64_t lane, const RowsOf& rows, std::size_t bytes, SegmentPool& pool);
  Result<bool> has(RowId row);
  Result<std::uint64_t> records_left(std::int64_t lane, const RowsOf& rows);  // not finished
  // One row of the lane; without a segment where its checksum is wrong.
  Result<LoadedRow> read(std::int64_t lane, RowId row, SegmentPool& pool);
  Result<std::optional<SystemTime>> oldest_arrival();
  Result<std::optional<RowId>> oldest_of(std::int64_t lane);

 private:
  struct Size {
    RowId row = 0;
    std::uint64_t records = 0, bytes = 0;
  };
  struct Chosen {
    std::vector<Size> rows;
    bool is_all = false;  // there are no more
  };
  struct Statements {
    sqlite::Statement insert, size, remove, choose, read, oldest, oldest_of;
    sqlite::Statement progress, set_progress, remove_progress;
  };
  SegmentTable(std::string path, Statements statements)
      : path_(std::move(path)), statements_(std::move(statements)) {}

  // The oldest of `rows`, until `is_enough` (of what they hold together, and with the next one).
  template <typename IsEnough>
  Result<Chosen> choose(std::int64_t lane, const RowsOf& rows, IsEnough is_enough);
  Result<std::optional<Size>> size_of(RowId row);
  Result<Removed> remove(const Size& row);
  Result<std::vector<RecordRange>> finished_of(RowId row);

  std::string path_;
  Statements statements_;
  std::vector<std::uint32_t> ends_;  // kept for its memory, as the next
  std::string packed_;
};

}  // namespace pannier::queue
