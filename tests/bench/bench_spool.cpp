// The spool's disk in steady work: a row of 500 records and 100 KB put, an earlier one finished, in one
// transaction; the time is that of one record. Plain: the same inserts and deletes in a bare table of one
// blob. Files lie in the system's temporary folder.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

#include "queue/sqlite_store.h"

namespace pannier::bench {
namespace {

constexpr std::uint32_t records_a_row = 500;
constexpr std::uint32_t record_bytes = 200;
constexpr queue::RowId rows_held = 20;
constexpr std::string_view lane = "malti/orders";

class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "pannier-bench-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file() const { return path_ + "/spool.db"; }

 private:
  std::string path_;
};

// Bytes that differ, as records do.
std::string content() {
  std::string bytes;
  for (std::uint32_t i = 0; bytes.size() < std::size_t{records_a_row} * record_bytes; ++i)
    bytes += std::to_string(i * i);
  bytes.resize(std::size_t{records_a_row} * record_bytes);
  return bytes;
}

queue::SegmentPtr segment(queue::SegmentPool& pool) {
  std::vector<std::uint32_t> ends;
  for (std::uint32_t i = 1; i <= records_a_row; ++i) ends.push_back(i * record_bytes);
  return pool.make_filled(content(), ends);
}

queue::Transaction step(queue::RowId row, const queue::SegmentPtr& segment) {
  queue::Transaction transaction;
  transaction.puts = {{row, lane, {segment, 0, records_a_row}}};
  if (row <= rows_held) return transaction;
  transaction.finishes = {{row - rows_held, lane, records_a_row, true, {}}};
  transaction.numbers = {{lane, observe::Account::stored_delivered, 0, records_a_row}};
  return transaction;
}

void spool_steady(benchmark::State& state, queue::Survives survives) {
  const Folder folder;
  auto store = queue::SqliteStore::open({.path = folder.file(), .survives = survives});
  if (!store) return state.SkipWithError(store.error().message.c_str());
  const auto pool = std::make_shared<queue::SegmentPool>();
  const queue::SegmentPtr filled = segment(*pool);
  queue::RowId row = 0;
  while (state.KeepRunningBatch(records_a_row)) {
    const auto applied = (*store)->apply(step(++row, filled));
    if (!applied) return state.SkipWithError(applied.error().message.c_str());
  }
}
void spool_put_and_finish(benchmark::State& state) {
  spool_steady(state, queue::Survives::kill);
}
BENCHMARK(spool_put_and_finish);
void spool_put_and_finish_power(benchmark::State& state) {
  spool_steady(state, queue::Survives::power);
}
BENCHMARK(spool_put_and_finish_power);

void spool_load(benchmark::State& state) {
  const Folder folder;
  auto store = queue::SqliteStore::open({.path = folder.file()});
  if (!store) return state.SkipWithError(store.error().message.c_str());
  const auto pool = std::make_shared<queue::SegmentPool>();
  for (queue::RowId row = 1; row <= rows_held; ++row)
    if (!(*store)->apply(step(row, segment(*pool)))) return state.SkipWithError("apply");
  while (state.KeepRunningBatch(records_a_row * rows_held)) {
    auto loaded = (*store)->load({lane, 0, rows_held + 1, {}}, 1U << 30U, *pool);
    if (!loaded || loaded->rows.size() != rows_held) return state.SkipWithError("load");
    benchmark::DoNotOptimize(loaded);
  }
}
BENCHMARK(spool_load);

// One blob a row, no index, no ledger: what SQLite itself costs.
class Bare {
 public:
  static Result<Bare> open(const std::string& path) {
    auto database = sqlite::Database::open(path);
    if (!database) return database.error();
    const auto made = database->run(
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;"
        "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=512; CREATE TABLE blobs (id INTEGER PRIMARY "
        "KEY,"
        " content BLOB)");
    if (!made) return made.error();
    sqlite::Preparer prepare(*database);
    auto insert = prepare("INSERT INTO blobs VALUES (?, ?)");
    auto remove = prepare("DELETE FROM blobs WHERE id = ?");
    if (prepare.error()) return *prepare.error();
    return Bare{std::move(*database), std::move(insert), std::move(remove)};
  }
  Result<void> step(queue::RowId row, std::string_view bytes) {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) return transaction.error();
    insert_.bind(1, row);
    insert_.bind_blob(2, bytes);
    if (const auto done = insert_.run(); !done) return done.error();
    remove_.bind(1, row - rows_held);
    if (const auto done = remove_.run(); !done) return done.error();
    return transaction->commit();
  }

 private:
  Bare(sqlite::Database database, sqlite::Statement insert, sqlite::Statement remove)
      : database_(std::move(database)), insert_(std::move(insert)), remove_(std::move(remove)) {}
  sqlite::Database database_;
  sqlite::Statement insert_, remove_;
};

void spool_plain_blobs(benchmark::State& state) {
  const Folder folder;
  auto bare = Bare::open(folder.file());
  if (!bare) return state.SkipWithError(bare.error().message.c_str());
  const std::string bytes = content();
  queue::RowId row = 0;
  while (state.KeepRunningBatch(records_a_row)) {
    const auto done = bare->step(++row, bytes);
    if (!done) return state.SkipWithError(done.error().message.c_str());
  }
}
BENCHMARK(spool_plain_blobs);

}  // namespace
}  // namespace pannier::bench
