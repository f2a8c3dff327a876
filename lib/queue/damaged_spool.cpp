#include "queue/damaged_spool.h"

#include <algorithm>
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
  const auto one = meta->number(meta_names::salt_1), two = meta->number(meta_names::salt_2);
  if (one && two) facts_.salt = {static_cast<std::uint64_t>(*one), static_cast<std::uint64_t>(*two)};
}

bool DamagedSpool::scan(const std::string& table, const char* order, std::set<RowId>& ids) {
  auto select = database_->prepare("SELECT id FROM " + table + " NOT INDEXED ORDER BY id " + order);
  if (!select) return false;
  auto row = select->step();
  for (; row && *row; row = select->step()) ids.insert(select->integer(0));
  return bool(row);
}

std::set<RowId> DamagedSpool::ids_of(const std::string& table) {
  std::set<RowId> ids, others;
  if (scan(table, "ASC", ids)) return ids;
  const RowId first = ids.empty() ? 0 : *ids.rbegin();
  (void)scan(table, "DESC", others);
  const RowId last = others.empty() ? facts_.last_row : *others.begin();
  const std::string one = "SELECT id FROM " + table + " NOT INDEXED WHERE id = ";
  for (RowId row = std::max(first + 1, last - most_tried); row < last; ++row)
    if (const auto id = database_->number((one + std::to_string(row)).c_str()); id && *id == row)
      ids.insert(row);
  ids.merge(others);
  return ids;
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

void DamagedSpool::each_letter(const TakeLetter& take) {
  if (!letters_) return;
  for (const RowId id : ids_of("letters")) {
    LetterSelection one;
    one.ids = {id};
    auto page = letters_->select(one, 1, pool_.get());
    if (!page || page->letters.empty() || !page->letters[0].segment) continue;
    if (!take(std::move(page->letters[0]))) return;
  }
}

void DamagedSpool::each_row(const Take& take) {
  if (!segments_) return;
  std::set<std::int64_t> named;
  for (const auto& [name, lane] : facts_.lanes) named.insert(lane.id);
  for (const RowId row : ids_of("segments")) {
    const auto lane = lane_of(row);
    if (!lane || !named.contains(*lane)) continue;
    auto loaded = read(*lane, row);
    if (loaded && !take(*lane, std::move(*loaded))) return;
  }
}

}  // namespace pannier::queue
