#include "queue/sqlite_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace pannier::queue {
namespace {

// Steady work frees and takes so much all the time; to give that back would be work for nothing.
constexpr RowId rows_a_step = 10'000;
constexpr std::uint64_t kept_free_bytes = 1U << 20U;

Result<std::uint64_t> number(sqlite::Statement& statement) {
  const auto row = statement.step();
  if (!row) return row.error();
  const auto value = static_cast<std::uint64_t>(*row ? statement.integer(0) : 0);
  statement.reset();
  return value;
}

std::uint64_t size_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const SpoolOptions& options, net::LockFile* held) {
  auto file = options.mode == SpoolMode::off ? open_spool_in_memory() : open_spool_file(options, held);
  if (!file) return file.error();
  sqlite::Database& database = file->database;
  auto lanes = LaneTable::open(database);
  if (!lanes) return lanes.error();
  auto segments = SegmentTable::open(database);
  if (!segments) return segments.error();
  auto totals = TotalsTable::open(database);
  if (!totals) return totals.error();
  auto meta = MetaTable::open(database);
  if (!meta) return meta.error();
  auto windows = WindowTable::open(database);
  if (!windows) return windows.error();
  auto letters = LetterTable::open(database, *meta);
  if (!letters) return letters.error();
  sqlite::Preparer prepare(database);
  Pragmas pragmas{prepare("PRAGMA page_count"), prepare("PRAGMA freelist_count")};
  if (prepare.error()) return *prepare.error();
  Tables tables{std::move(*lanes), std::move(*segments), std::move(*totals),
                std::move(*meta),  std::move(*windows),  std::move(*letters)};
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(options, std::move(*file), std::move(tables), std::move(pragmas)));
}

SqliteStore::SqliteStore(const SpoolOptions& options, SpoolFile file, Tables tables, Pragmas pragmas)
    : file_(std::move(file)),
      tables_(std::move(tables)),
      pragmas_(std::move(pragmas)),
      reserve_(options.path + ".reserve", reserve_bytes(options)),
      log_id_(id_of_file(options.path + "-wal")) {}

Result<Applied> SqliteStore::apply(const Transaction& transaction) {
  const auto all = [&] { return apply_all(transaction); };
  if (transaction.puts.empty() && !transaction.is_trial) return transact_at_all_costs(all);
  if (const auto made = reserve_.make(); !made) return with_cure(made.error(), file_.database.path());
  auto applied = transact(all);
  if (!applied) use_reserve(applied.error());
  return applied;
}

// RESTART keeps the log's room for us; TRUNCATE would leave it to whoever fills the disk.
bool SqliteStore::use_reserve(const Error& error) {
  if (error.code != ErrorCode::limit || !reserve_.give_up()) return false;
  // What fails here fails again where it is told.
  (void)file_.database.run("PRAGMA wal_checkpoint(RESTART)");
  return true;
}

// A value that is there already would write nothing: SQLite compares.
Result<void> SqliteStore::write_something() {
  const auto before = tables_.meta.number(meta_names::written_for_nothing);
  if (!before) return before.error();
  return tables_.meta.set(meta_names::written_for_nothing, *before + 1);
}

Result<Applied> SqliteStore::apply_all(const Transaction& transaction) {
  Applied applied;
  std::uint64_t given = 0;
  for (const MakeRoom& room : transaction.make_room) {
    const bool is_enough = given > 0 && given >= room.bytes;
    const auto removed =
        is_enough ? Removed{} : make_room({room.rows, room.bytes - std::min(given, room.bytes)});
    if (!removed) return removed.error();
    given += removed->bytes;
    applied.made_room.push_back(*removed);
  }
  RowId last = 0;
  for (const Put& one : transaction.puts) {
    if (const auto done = put(one); !done) return done.error();
    last = std::max(last, one.row);
  }
  for (const LetterPut& one : transaction.letters) last = std::max(last, one.id);
  if (const auto done = put_letters(transaction, applied); !done) return done.error();
  if (transaction.removal)
    if (const auto done = remove_letters(*transaction.removal, applied, last); !done) return done.error();
  for (const Finish& one : transaction.finishes)
    if (const auto done = finish(one); !done) return done.error();
  for (const Number& one : transaction.numbers)
    if (const auto done = add(one); !done) return done.error();
  if (const auto done = reserve_rows(last); !done) return done.error();
  if (!transaction.is_trial) return applied;
  if (const auto done = write_something(); !done) return done.error();
  return applied;
}

// Written in steps, for most transactions would change nothing else on its page.
Result<void> SqliteStore::reserve_rows(RowId last) {
  if (last <= reserved_rows_) return {};
  reserved_rows_ = last + rows_a_step;
  return tables_.meta.set(meta_names::last_row, reserved_rows_);
}

Result<Removed> SqliteStore::make_room(const MakeRoom& room) {
  LaneRow* lane = tables_.lanes.find(room.rows.lane);
  if (lane == nullptr) return Removed{};
  auto removed = tables_.segments.make_room(lane->id, room);
  if (!removed) return removed.error();
  lane->take_off(removed->records, removed->bytes);
  if (removed->records == 0) return removed;
  const std::string owner = owner_of_lane(room.rows.lane);
  if (const auto done = tables_.totals.add({owner, "dropped", name(Drop::full)}, removed->records); !done)
    return done.error();
  return removed;
}

Result<void> SqliteStore::put(const Put& put) {
  LaneRow& lane = tables_.lanes.find_or_make(put.lane);
  if (const auto done = tables_.segments.put(lane.id, put); !done) return done.error();
  lane.now.records += put.slice.records();
  lane.now.put += put.slice.records();
  lane.now.bytes += put.slice.bytes().size();
  return {};
}

Result<void> SqliteStore::finish(const Finish& finish) {
  if (is_rescued_) {
    const auto is_there = tables_.segments.has(finish.row);
    if (!is_there) return is_there.error();
    const std::string owner = owner_of_lane(finish.lane);
    const NumberName lost{owner, "dropped", name(Drop::corrupt)};
    if (!*is_there) return tables_.totals.add(lost, std::uint64_t{0} - finish.records);
  }
  const auto gone = tables_.segments.finish(finish);
  if (!gone) return gone.error();
  if (LaneRow* lane = tables_.lanes.find(finish.lane)) lane->take_off(gone->records, gone->bytes);
  return {};
}

Result<void> SqliteStore::add(const Number& number) {
  const std::string owner = owner_of_lane(number.lane);
  TotalsTable& totals = tables_.totals;
  switch (number.account) {
    case observe::Account::stored_delivered:
      // In the lane's row, which changes with every transaction anyway.
      tables_.lanes.find_or_make(number.lane).now.delivered += number.count;
      return {};
    case observe::Account::stored_dropped:
      return totals.add({owner, "dropped", name(static_cast<Drop>(number.reason))}, number.count);
    case observe::Account::dead:
      return totals.add({owner, "dead", name(static_cast<Dead>(number.reason))}, number.count);
    case observe::Account::died_unstored:
      // It came and went with one transaction, as far as the run's sums are concerned.
      tables_.lanes.find_or_make(number.lane).now.put += number.count;
      return {};
    case observe::Account::purged: return add_purged(static_cast<Purge>(number.reason), number.count);
    default: return Error{ErrorCode::invalid, "an account that is not the spool's"};
  }
}

Result<Loaded> SqliteStore::load(const RowsOf& rows, std::size_t bytes, SegmentPool& pool) {
  const LaneRow* lane = tables_.lanes.find(rows.lane);
  if (lane == nullptr) return Loaded{{}, rows.before - 1};
  auto loaded = tables_.segments.load(lane->id, rows, bytes, pool);
  if (!loaded) return with_cure(loaded.error(), file_.database.path());
  for (LoadedRow& row : loaded->rows)
    row.maybe_sent = row.maybe_sent || tables_.windows.covers(lane->id, row.row);
  return loaded;
}

Result<std::optional<SystemTime>> SqliteStore::oldest_arrival() {
  return tables_.segments.oldest_arrival();
}

std::uint64_t SqliteStore::used_bytes() {
  const auto pages = number(pragmas_.page_count);
  const auto unused = number(pragmas_.free_count);
  if (pages && unused) used_bytes_ = (*pages - *unused) * page_bytes();
  return used_bytes_;
}

Result<bool> SqliteStore::tidy() {
  if (const auto done = forget_windows(); !done) return done.error();
  const auto unused = number(pragmas_.free_count);
  if (!unused) return unused.error();
  const std::uint64_t kept_free_pages = kept_free_bytes / page_bytes();
  if (*unused <= kept_free_pages) return false;
  if (const auto done = file_.database.run("PRAGMA incremental_vacuum(128)"); !done) return done.error();
  const auto left = number(pragmas_.free_count);
  if (!left) return left.error();
  // A file whose auto_vacuum somebody switched off never shrinks: then there is no more to do.
  if (*left > kept_free_pages && *left < *unused) return true;
  // Only now does the file become shorter.
  if (const auto done = file_.database.run("PRAGMA wal_checkpoint(PASSIVE)"); !done) return done.error();
  return false;
}

// A window is over when its lane holds no row at or below its end.
Result<void> SqliteStore::forget_windows() {
  std::vector<std::pair<std::int64_t, RowId>> over;
  for (const auto& [lane, windows] : tables_.windows.windows()) {
    const auto oldest = tables_.segments.oldest_of(lane);
    if (!oldest) return oldest.error();
    const RowId from = oldest->value_or(std::numeric_limits<RowId>::max());
    if (windows.empty() || windows.front().last < from) over.emplace_back(lane, from);
  }
  if (over.empty()) return {};
  return transact([&]() -> Result<void> {
    for (const auto& [lane, from] : over)
      if (const auto done = tables_.windows.forget_below(lane, from); !done) return done.error();
    return {};
  });
}

// A commit whose sync failed lies whole in the log, for SQLite as if it were not there; but after a kill the
// next process would find it, while its records were sent from memory. Another one in its place, of which
// nothing matters, breaks it: that takes a write only, even where its own sync fails, too.
void SqliteStore::overwrite_commit() {
  auto transaction = sqlite::Transaction::begin(file_.database);
  if (!transaction) return;
  if (write_something()) (void)transaction->commit();
}

std::uint64_t SqliteStore::file_bytes() const {
  const std::string& path = file_.database.path();
  return size_of(path) + size_of(path + "-wal");
}

}  // namespace pannier::queue
