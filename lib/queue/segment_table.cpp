#include "queue/segment_table.h"

#include <algorithm>
#include <array>

#include "base/checksum.h"
#include "queue/packed.h"

namespace pannier::queue {
namespace {

std::int64_t microseconds(SystemTime time) {
  return time.time_since_epoch().count();
}

// All that a row says of itself, and what it holds.
struct RowContent {
  std::int64_t row = 0, lane = 0, arrived = 0, attempts = 0, maybe_sent = 0, records = 0;
  std::string_view ends, content;
  std::int64_t format = 0;

  [[nodiscard]] std::int64_t checksum() const {
    // Rows of schema 1 have no format, which then counts as 0: so their checksums stay right.
    const std::int64_t marks = maybe_sent | format << 8;
    const std::array<std::int64_t, 6> numbers{row, lane, arrived, attempts, marks, records};
    const std::string_view bytes(reinterpret_cast<const char*>(numbers.data()), sizeof(numbers));
    return pannier::checksum(content, pannier::checksum(ends, pannier::checksum(bytes)));
  }
};

// None: the bytes are not what was written.
SegmentPtr segment_of(const RowContent& content, std::int64_t checksum, SegmentPool& pool) {
  if (content.checksum() != checksum) return nullptr;
  const auto ends = unpack(content.ends);
  if (!ends || static_cast<std::int64_t>(ends->size()) != content.records) return nullptr;
  if (!std::is_sorted(ends->begin(), ends->end())) return nullptr;
  if ((ends->empty() ? 0 : ends->back()) != content.content.size()) return nullptr;
  SegmentPtr segment = pool.make_filled(content.content, *ends);
  segment->set_format(static_cast<std::uint8_t>(content.format));
  return segment;
}

std::uint32_t as_count(std::int64_t number) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number, 0, ~std::uint32_t{0}));
}

}  // namespace

Result<SegmentTable> SegmentTable::open(sqlite::Database& database) {
  sqlite::Preparer prepare(database);
  Statements statements{
      prepare(
          "INSERT INTO segments (id, lane, arrived, attempts, maybe_sent, records, checksum, ends, content,"
          " format)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      prepare("SELECT records, length(content) FROM segments WHERE id = ?"),
      prepare("DELETE FROM segments WHERE id = ?"),
      prepare("SELECT id, records, length(content) FROM segments WHERE lane = ? AND id > ? AND id < ? ORDER "
              "BY id"),
      prepare("SELECT arrived, attempts, maybe_sent, records, checksum, ends, content, format FROM segments "
              "WHERE id "
              "= ?"),
      prepare("SELECT arrived FROM segments ORDER BY id LIMIT 1"),
      prepare("SELECT id FROM segments WHERE lane = ? ORDER BY id LIMIT 1"),
      prepare("SELECT finished FROM progress WHERE segment = ?"),
      prepare("INSERT OR REPLACE INTO progress (segment, finished) VALUES (?, ?)"),
      prepare("DELETE FROM progress WHERE segment = ?")};
  if (prepare.error()) return *prepare.error();
  return SegmentTable(database.path(), std::move(statements));
}

Result<void> SegmentTable::put(std::int64_t lane, const Put& put) {
  const Slice& slice = put.slice;
  ends_.clear();
  const std::uint32_t start = slice.segment->start_of(slice.first);
  for (std::uint32_t i = slice.first; i < slice.last; ++i) ends_.push_back(slice.segment->end_of(i) - start);
  pack(ends_, packed_);
  const RowContent content{put.row,
                           lane,
                           microseconds(slice.arrived),
                           slice.attempts,
                           slice.maybe_sent ? 1 : 0,
                           slice.records(),
                           packed_,
                           slice.bytes(),
                           slice.segment->format()};
  sqlite::Statement& insert = statements_.insert;
  insert.bind(1, content.row);
  insert.bind(2, content.lane);
  insert.bind(3, content.arrived);
  insert.bind(4, content.attempts);
  insert.bind(5, content.maybe_sent);
  insert.bind(6, content.records);
  insert.bind(7, content.checksum());
  insert.bind_blob(8, content.ends);
  insert.bind_blob(9, content.content);
  insert.bind(10, content.format);
  return insert.run();
}

Result<Removed> SegmentTable::finish(const Finish& finish) {
  const auto size = size_of(finish.row);
  if (!size) return size.error();
  if (!*size) return Removed{};
  if (finish.whole) return remove(**size);
  const auto before = finished_of(finish.row);
  if (!before) return before.error();
  if (finish.finished.empty()) return Removed{};
  const std::string packed = pack(finish.finished);
  statements_.set_progress.bind(1, finish.row);
  statements_.set_progress.bind_blob(2, packed);
  if (const auto done = statements_.set_progress.run(); !done) return done.error();
  const std::uint64_t now = records_in(finish.finished), then = records_in(*before);
  return Removed{0, now - std::min(then, now), 0};
}

template <typename IsEnough>
Result<SegmentTable::Chosen> SegmentTable::choose(std::int64_t lane, const RowsOf& rows, IsEnough is_enough) {
  sqlite::Statement& select = statements_.choose;
  select.bind(1, lane);
  select.bind(2, rows.after);
  select.bind(3, rows.before);
  Chosen chosen;
  std::uint64_t held = 0;
  for (;;) {
    const auto row = select.step();
    if (!row) return row.error();
    chosen.is_all = !*row;
    if (!*row) return chosen;
    const Size next{select.integer(0), as_count(select.integer(1)),
                    static_cast<std::uint64_t>(select.integer(2))};
    if (std::binary_search(rows.except.begin(), rows.except.end(), next.row)) continue;
    if (!chosen.rows.empty() && is_enough(held, held + next.bytes)) break;
    held += next.bytes;
    chosen.rows.push_back(next);
  }
  select.reset();
  return chosen;
}

Result<bool> SegmentTable::has(RowId row) {
  const auto size = size_of(row);
  if (!size) return size.error();
  return size->has_value();
}

Result<std::uint64_t> SegmentTable::records_left(std::int64_t lane, const RowsOf& rows) {
  const auto chosen = choose(lane, rows, [](std::uint64_t, std::uint64_t) { return false; });
  if (!chosen) return chosen.error();
  std::uint64_t left = 0;
  for (const Size& row : chosen->rows) {
    const auto finished = finished_of(row.row);
    if (!finished) return finished.error();
    left += row.records - std::min(records_in(*finished), row.records);
  }
  return left;
}

Result<Removed> SegmentTable::remove(const Size& row) {
  const auto finished = finished_of(row.row);
  if (!finished) return finished.error();
  if (!finished->empty()) {
    statements_.remove_progress.bind(1, row.row);
    if (const auto done = statements_.remove_progress.run(); !done) return done.error();
  }
  statements_.remove.bind(1, row.row);
  if (const auto done = statements_.remove.run(); !done) return done.error();
  return Removed{1, row.records - std::min(records_in(*finished), row.records), row.bytes};
}

Result<Removed> SegmentTable::make_room(std::int64_t lane, const MakeRoom& room) {
  const auto is_enough = [&](std::uint64_t held, std::uint64_t) { return held >= room.bytes; };
  const auto chosen = choose(lane, room.rows, is_enough);
  if (!chosen) return chosen.error();
  Removed all;
  for (const Size& row : chosen->rows) {
    const auto one = remove(row);
    if (!one) return one.error();
    all.rows += one->rows;
    all.records += one->records;
    all.bytes += one->bytes;
  }
  return all;
}

Result<Loaded> SegmentTable::load(std::int64_t lane, const RowsOf& rows, std::size_t bytes,
                                  SegmentPool& pool) {
  const auto is_enough = [&](std::uint64_t, std::uint64_t with_next) { return with_next > bytes; };
  const auto chosen = choose(lane, rows, is_enough);
  if (!chosen) return chosen.error();
  Loaded loaded;
  for (const Size& size : chosen->rows) {
    auto row = read(lane, size.row, pool);
    if (!row) return row.error();
    loaded.rows.push_back(std::move(*row));
  }
  loaded.up_to = chosen->is_all ? rows.before - 1 : chosen->rows.back().row;
  return loaded;
}

Result<LoadedRow> SegmentTable::read(std::int64_t lane, RowId row, SegmentPool& pool) {
  const auto finished = finished_of(row);
  if (!finished) return finished.error();
  sqlite::Statement& select = statements_.read;
  select.bind(1, row);
  const auto found = select.step();
  if (!found) return found.error();
  if (!*found)
    return Error{ErrorCode::invalid, path_ + ": row " + std::to_string(row) + " is in the index only"};
  const RowContent content{row,
                           lane,
                           select.integer(0),
                           select.integer(1),
                           select.integer(2),
                           select.integer(3),
                           select.blob(5),
                           select.blob(6),
                           select.integer(7)};
  LoadedRow loaded;
  loaded.row = row;
  loaded.segment = segment_of(content, select.integer(4), pool);
  loaded.records = as_count(content.records);
  loaded.left = rest_of(loaded.records, *finished);
  loaded.arrived = SystemTime(std::chrono::microseconds(content.arrived));
  loaded.attempts = as_count(content.attempts);
  loaded.maybe_sent = content.maybe_sent != 0;
  select.reset();
  return loaded;
}

Result<std::optional<SegmentTable::Size>> SegmentTable::size_of(RowId row) {
  statements_.size.bind(1, row);
  const auto found = statements_.size.step();
  if (!found) return found.error();
  std::optional<Size> size;
  if (*found)
    size = Size{row, as_count(statements_.size.integer(0)),
                static_cast<std::uint64_t>(statements_.size.integer(1))};
  statements_.size.reset();
  return size;
}

Result<std::vector<RecordRange>> SegmentTable::finished_of(RowId row) {
  statements_.progress.bind(1, row);
  const auto found = statements_.progress.step();
  if (!found) return found.error();
  std::vector<RecordRange> finished;
  if (*found) finished = unpack_ranges(statements_.progress.blob(0));
  statements_.progress.reset();
  return finished;
}

Result<std::optional<SystemTime>> SegmentTable::oldest_arrival() {
  const auto found = statements_.oldest.step();
  if (!found) return found.error();
  std::optional<SystemTime> arrived;
  if (*found) arrived = SystemTime(std::chrono::microseconds(statements_.oldest.integer(0)));
  statements_.oldest.reset();
  return arrived;
}

Result<std::optional<RowId>> SegmentTable::oldest_of(std::int64_t lane) {
  statements_.oldest_of.bind(1, lane);
  const auto found = statements_.oldest_of.step();
  if (!found) return found.error();
  std::optional<RowId> row;
  if (*found) row = statements_.oldest_of.integer(0);
  statements_.oldest_of.reset();
  return row;
}

}  // namespace pannier::queue
