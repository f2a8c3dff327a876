#include "queue/lane_table.h"

#include <algorithm>

namespace pannier::queue {
namespace {

std::uint64_t count_of_column(const sqlite::Statement& row, int column) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(row.integer(column), 0));
}

Result<LaneTable::Lanes> read(sqlite::Statement& select) {
  LaneTable::Lanes lanes;
  for (;;) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return lanes;
    const LaneNumbers numbers{count_of_column(select, 2), count_of_column(select, 3),
                              count_of_column(select, 4), count_of_column(select, 5)};
    lanes.insert_or_assign(std::string(select.text(1)), LaneRow{select.integer(0), numbers, numbers, true});
  }
}

}  // namespace

void LaneRow::take_off(std::uint64_t records, std::uint64_t bytes) {
  now.records -= std::min(records, now.records);
  now.bytes -= std::min(bytes, now.bytes);
}

Result<LaneTable> LaneTable::open(sqlite::Database& database) {
  sqlite::Preparer prepare(database);
  auto select = prepare("SELECT id, name, records, bytes, put, delivered FROM lanes");
  auto write = prepare(
      "INSERT INTO lanes (id, name, records, bytes, put, delivered) VALUES (?, ?, ?, ?, ?, ?)"
      " ON CONFLICT (id) DO UPDATE SET records = excluded.records, bytes = excluded.bytes,"
      " put = excluded.put, delivered = excluded.delivered");
  if (prepare.error()) return *prepare.error();
  auto lanes = read(select);
  if (!lanes) return lanes.error();
  return LaneTable(std::move(*lanes), std::move(write));
}

LaneRow* LaneTable::find(std::string_view name) {
  const auto found = lanes_.find(name);
  return found == lanes_.end() ? nullptr : &found->second;
}

LaneRow& LaneTable::find_or_make(std::string_view name) {
  if (LaneRow* known = find(name)) return *known;
  std::int64_t last = 0;
  for (const auto& [other, lane] : lanes_) last = std::max(last, lane.id);
  return lanes_.emplace(name, LaneRow{last + 1, {}, {}, false}).first->second;
}

PutByLane LaneTable::put_by_lane() const {
  PutByLane put;
  for (const auto& [name, lane] : lanes_)
    if (lane.now.put != 0) put.emplace(name, lane.now.put);
  return put;
}

PutByLane LaneTable::delivered_by_lane() const {
  PutByLane delivered;
  for (const auto& [name, lane] : lanes_)
    if (lane.now.delivered != 0) delivered.emplace(name, lane.now.delivered);
  return delivered;
}

void LaneTable::forget_run() {
  for (auto& [name, lane] : lanes_) lane.now.put = lane.now.delivered = 0;
}

Result<void> LaneTable::save() {
  for (const auto& [name, lane] : lanes_) {
    if (lane.is_kept && lane.now == lane.kept) continue;
    write_.bind(1, lane.id);
    write_.bind(2, std::string_view(name));
    write_.bind(3, static_cast<std::int64_t>(lane.now.records));
    write_.bind(4, static_cast<std::int64_t>(lane.now.bytes));
    write_.bind(5, static_cast<std::int64_t>(lane.now.put));
    write_.bind(6, static_cast<std::int64_t>(lane.now.delivered));
    if (const auto done = write_.run(); !done) return done.error();
  }
  return {};
}

void LaneTable::keep() {
  for (auto& [name, lane] : lanes_) {
    lane.kept = lane.now;
    lane.is_kept = true;
  }
}

void LaneTable::revert() {
  std::erase_if(lanes_, [](const auto& entry) { return !entry.second.is_kept; });
  for (auto& [name, lane] : lanes_) lane.now = lane.kept;
}

}  // namespace pannier::queue
