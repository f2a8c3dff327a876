#include "queue/damaged_spool.h"

#include <algorithm>
#include <set>
#include <utility>

#include "queue/totals_table.h"

namespace pannier::queue {
namespace {

// So many numbers between the two ends are tried one by one.
constexpr RowId most_tried = 1'000'000;

}  // namespace

DamagedSpool::DamagedSpool(const std::string& path) {
  auto database = sqlite::Database::open(path, sqlite::Database::Access::read_only);
  if (!database) return;
  database_.emplace(std::move(*database));
  // So SQLite reads a file that is shorter than its first page says; nothing is written here.
  (void)database_->run("PRAGMA writable_schema=ON");
  if (auto segments = SegmentTable::open(*database_)) segments_.emplace(std::move(*segments));
  read_facts();
}

void DamagedSpool::read_facts() {
  if (auto lanes = LaneTable::open(*database_)) facts_.lanes = lanes->lanes();
  if (auto windows = WindowTable::open(*database_)) facts_.windows = windows->windows();
  if (auto totals = TotalsTable::open(*database_))
    if (auto books = totals->read()) facts_.totals = std::move(*books);
  auto meta = MetaTable::open(*database_);
  if (!meta) return;
  if (auto letters = LetterTable::open(*database_, *meta)) letters_.emplace(std::move(*letters));
  if (const auto begun = meta->begun()) facts_.begun = *begun;
  if (const auto last = meta->number(meta_names::last_row)) facts_.last_row = *last;
  if (const auto ends = meta->number(meta_names::unknown_ends)) facts_.unknown_ends = *ends;
}

std::map<RowId, std::int64_t> DamagedSpool::rows_from(const char* order) {
  std::map<RowId, std::int64_t> rows;
  auto select =
      database_->prepare(std::string("SELECT id, lane FROM segments NOT INDEXED ORDER BY id ") + order);
  if (!select) return rows;
  for (auto row = select->step(); row && *row; row = select->step())
    rows.emplace(select->integer(0), select->integer(1));
  return rows;
}

std::optional<std::int64_t> DamagedSpool::lane_of(RowId row) {
  const auto lane =
      database_->number(("SELECT lane FROM segments WHERE id = " + std::to_string(row)).c_str());
  if (!lane || *lane == 0) return std::nullopt;
  return *lane;
}

std::optional<LoadedRow> DamagedSpool::read(std::int64_t lane, RowId row) {
  auto loaded = segments_->read(lane, row, *pool_);
  if (!loaded || !loaded->segment || loaded->left.empty()) return std::nullopt;
  return std::move(*loaded);
}

// One by one: what can't be read takes nobody with it that stands before it.
void DamagedSpool::each_letter(const TakeLetter& take) {
  LetterSelection next;
  while (letters_) {
    auto page = letters_->select(next, 1, pool_.get());
    if (!page || page->letters.empty()) return;
    next.after = page->letters[0].id;
    if (page->letters[0].segment && !take(std::move(page->letters[0]))) return;
  }
}

void DamagedSpool::each_row(const Take& take) {
  if (!segments_) return;
  std::set<std::int64_t> named;
  for (const auto& [name, lane] : facts_.lanes) named.insert(lane.id);
  auto rows = rows_from("ASC");
  const RowId first = rows.empty() ? 0 : rows.rbegin()->first;
  auto others = rows_from("DESC");
  const RowId last = others.empty() ? facts_.last_row : others.begin()->first;
  for (RowId row = std::max(first + 1, last - most_tried); row < last; ++row)
    if (const auto lane = lane_of(row)) rows.emplace(row, *lane);
  rows.merge(others);
  for (const auto& [row, lane] : rows) {
    if (!named.contains(lane)) continue;
    auto loaded = read(lane, row);
    if (loaded && !take(lane, std::move(*loaded))) return;
  }
}

}  // namespace pannier::queue
