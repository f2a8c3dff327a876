#include "simulation/look.h"

#include <atomic>
#include <stdexcept>
#include <utility>

#include "queue/book_numbers.h"
#include "queue/lane_table.h"
#include "queue/packed.h"
#include "queue/totals_table.h"

namespace pannier::simulation {
namespace {

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error("the spool can't be read: " + result.error().message);
  return std::move(*result);
}

std::string next_path() {
  static std::atomic<std::uint64_t> last{0};
  return "/look/" + std::to_string(++last);
}

std::string row_of(const sqlite::Statement& row, int columns) {
  std::string text;
  for (int i = 0; i < columns; ++i) text.append(row.text(i)).append("|");
  return text + "\n";
}

}  // namespace

Look::Look(const Folder& folder)
    : copy_(next_path()), database_([&] {
        copy_.copy_from(folder);
        return must(sqlite::Database::open(copy_.path() + "/spool.db"));
      }()) {
  if (const auto alone = database_.run("PRAGMA locking_mode=EXCLUSIVE"); !alone)
    throw std::runtime_error(alone.error().message);
}

// A close would carry over the log, for nothing.
Look::~Look() {
  copy_.kill();
}

template <typename Do>
void Look::each(const char* sql, Do act) {
  auto statement = must(database_.prepare(sql));
  while (must(statement.step())) act(statement);
}

std::string Look::damage() {
  std::string all;
  each("PRAGMA integrity_check", [&](const sqlite::Statement& row) { all.append(row.text(0)).append("; "); });
  return all == "ok; " ? "" : all;
}

std::map<std::string, std::uint64_t> Look::records() {
  std::map<std::string, std::uint64_t> records;
  each(
      "SELECT lanes.name, segments.records, progress.finished FROM segments"
      " JOIN lanes ON lanes.id = segments.lane LEFT JOIN progress ON progress.segment = segments.id",
      [&](const sqlite::Statement& row) {
        const std::uint64_t finished = queue::records_in(queue::unpack_ranges(row.blob(2)));
        records[std::string(row.text(0))] += static_cast<std::uint64_t>(row.integer(1)) - finished;
      });
  return records;
}

observe::Books Look::totals() {
  auto table = must(queue::TotalsTable::open(database_));
  observe::Books totals = must(table.read());
  for (const auto& [lane, records] : must(queue::LaneTable::open(database_)).delivered_by_lane())
    queue::lane_named(totals, lane).delivered += records;
  each("SELECT coalesce(sum(records), 0) FROM letters", [&](const sqlite::Statement& row) {
    totals.dead_letters.stored = static_cast<std::uint64_t>(row.integer(0));
  });
  return totals;
}

std::vector<std::string> Look::contents() {
  std::vector<std::string> contents;
  each("SELECT content FROM segments",
       [&](const sqlite::Statement& row) { contents.emplace_back(row.blob(0)); });
  return contents;
}

std::string Look::all() {
  std::string all;
  each("SELECT id, lane, records, checksum FROM segments",
       [&](const sqlite::Statement& row) { all += row_of(row, 4); });
  each("SELECT segment, hex(finished) FROM progress",
       [&](const sqlite::Statement& row) { all += row_of(row, 2); });
  each("SELECT id, name, records, bytes, put, delivered FROM lanes",
       [&](const sqlite::Statement& row) { all += row_of(row, 6); });
  each("SELECT owner, what, reason, value FROM totals",
       [&](const sqlite::Statement& row) { all += row_of(row, 4); });
  each("SELECT name, value FROM meta", [&](const sqlite::Statement& row) { all += row_of(row, 2); });
  each("SELECT id, lane, reason, answer, records, checksum FROM letters",
       [&](const sqlite::Statement& row) { all += row_of(row, 6); });
  each("SELECT lane, first, last FROM windows ORDER BY rowid",
       [&](const sqlite::Statement& row) { all += row_of(row, 3); });
  return all;
}

}  // namespace pannier::simulation
