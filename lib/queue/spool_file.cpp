#include "queue/spool_file.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/make_file.h"

namespace pannier::queue {
namespace {

// What leads from schema i to i + 1; each is a transaction. Never changed once it was released: a file of any
// age goes the same way.
constexpr std::array<const char*, spool_schema> steps{
    // The blobs stand last: what is asked of a row that is not read lies on its first page.
    R"sql(
CREATE TABLE segments (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  arrived INTEGER NOT NULL,     -- microseconds since 1970
  attempts INTEGER NOT NULL,
  maybe_sent INTEGER NOT NULL,
  records INTEGER NOT NULL,
  checksum INTEGER NOT NULL,    -- over all the others
  ends BLOB NOT NULL,           -- where each record ends in content, as 32-bit little-endian numbers
  content BLOB NOT NULL
);
CREATE INDEX segments_by_lane ON segments (lane);
CREATE TABLE progress (
  segment INTEGER PRIMARY KEY,
  finished BLOB NOT NULL        -- first and last of each range, as ends
);
CREATE TABLE lanes (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  records INTEGER NOT NULL,     -- that are not finished
  bytes INTEGER NOT NULL,       -- of the contents of its segments
  put INTEGER NOT NULL,         -- records, by the run that was begun
  delivered INTEGER NOT NULL    -- of its segments' records, by that run; the totals have those of others
);
CREATE TABLE windows (lane INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE totals (
  owner TEXT NOT NULL,
  what TEXT NOT NULL,
  reason TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (owner, what, reason)
) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
)sql",
    // How the content's fragments are written, for their encoder. It lies behind the content, with which it
    // is read.
    "ALTER TABLE segments ADD COLUMN format INTEGER NOT NULL DEFAULT 0",
    R"sql(
CREATE TABLE letters (
  id INTEGER PRIMARY KEY,       -- of one row of numbers with the segments', never used again
  lane TEXT NOT NULL,
  reason TEXT NOT NULL,
  answer TEXT NOT NULL,         -- the backend's, without what it echoes
  attempts INTEGER NOT NULL,
  maybe_sent INTEGER NOT NULL,
  arrived INTEGER NOT NULL,     -- microseconds since 1970, as the next
  died INTEGER NOT NULL,
  records INTEGER NOT NULL,
  format INTEGER NOT NULL,
  checksum INTEGER NOT NULL,    -- over ends and content
  ends BLOB NOT NULL,           -- as a segment's
  content BLOB NOT NULL
)
)sql"};

Error other_program(const sqlite::Database& database) {
  return {ErrorCode::in_use,
          database.path() + ": a database of another program; give spool.path another path"};
}

Error newer(const sqlite::Database& database, std::int64_t version) {
  return {ErrorCode::not_built, database.path() + ": written by a newer pannier (schema " +
                                    std::to_string(version) + ", this one knows " +
                                    std::to_string(spool_schema) +
                                    "); run the newer one or give spool.path another path"};
}

// The schema that the file has; 0: it is empty.
Result<std::int64_t> version_of(sqlite::Database& database) {
  const auto application = database.number("PRAGMA application_id");
  if (!application) return application.error();
  const auto version = database.number("PRAGMA user_version");
  if (!version) return version.error();
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*application != spool_application && (*application != 0 || *version != 0 || *tables != 0))
    return other_program(database);
  if (*version > spool_schema) return newer(database, *version);
  return *version;
}

Result<void> migrate(sqlite::Database& database, std::int64_t version) {
  for (; version < spool_schema; ++version) {
    auto transaction = sqlite::Transaction::begin(database);
    if (!transaction) return transaction.error();
    if (const auto done = database.run(steps.at(static_cast<std::size_t>(version))); !done)
      return done.error().within("schema " + std::to_string(version + 1));
    const std::string mark = "PRAGMA application_id=" + std::to_string(spool_application) +
                             "; PRAGMA user_version=" + std::to_string(version + 1);
    if (const auto done = database.run(mark.c_str()); !done) return done.error();
    if (const auto done = transaction->commit(); !done) return done.error();
  }
  return {};
}

// The size of its pages.
Result<std::int64_t> set_up(sqlite::Database& database, const SpoolOptions& options) {
  // Before the first look into the file: the log's index is then in our memory, and nobody else comes in.
  if (const auto done = database.run("PRAGMA locking_mode=EXCLUSIVE"); !done) return done.error();
  const auto version = version_of(database);
  if (!version) return version.error();
  // Both count only while the file is empty, and WAL writes its first page.
  const std::string shape =
      "PRAGMA page_size=" + std::to_string(spool_page_bytes) + "; PRAGMA auto_vacuum=INCREMENTAL";
  if (const auto done = database.run(shape.c_str()); !done) return done.error();
  const auto page_bytes = database.number("PRAGMA page_size");
  if (!page_bytes) return page_bytes.error();
  // To cut off at each turn what the last transaction was over the mark would be work for nothing.
  const auto log = static_cast<std::int64_t>(log_bytes(options));
  std::string pragmas =
      "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=" + std::to_string(log / *page_bytes) +
      "; PRAGMA journal_size_limit=" + std::to_string(2 * log);
  pragmas +=
      options.survives == Survives::power ? "; PRAGMA synchronous=FULL" : "; PRAGMA synchronous=NORMAL";
  if (const auto done = database.run(pragmas.c_str()); !done) return done.error();
  if (const auto done = migrate(database, *version); !done) return done.error();
  return *page_bytes;
}

}  // namespace

Result<SpoolFile> open_spool_file(const SpoolOptions& options, net::LockFile* held) {
  if (const auto made = make_file(options.path); !made) return made.error();
  const std::string lock_path = options.path + ".lock";
  std::optional<net::LockFile> lock;
  if (held == nullptr || !held->is_at(lock_path)) {
    auto taken =
        net::LockFile::take(lock_path, "two daemons can't share a spool, give spool.path another path");
    if (!taken) return taken.error();
    lock.emplace(std::move(*taken));
  }
  auto database = sqlite::Database::open(options.path);
  if (!database) return with_cure(database.error(), options.path);
  const auto page_bytes = set_up(*database, options);
  if (!page_bytes) return with_cure(page_bytes.error(), options.path);
  return SpoolFile{std::move(lock ? *lock : *held), std::move(*database), *page_bytes};
}

Result<SpoolFile> open_spool_in_memory() {
  auto database = sqlite::Database::open(":memory:");
  if (!database) return database.error();
  if (const auto done = migrate(*database, 0); !done) return done.error();
  const auto page_bytes = database->number("PRAGMA page_size");
  if (!page_bytes) return page_bytes.error();
  return SpoolFile{std::nullopt, std::move(*database), *page_bytes};
}

Error with_cure(Error error, const std::string& path) {
  if (error.code == ErrorCode::invalid)
    error.message +=
        "; move the file away (mv " + path + " " + path + ".damaged) and start again, a new one is made";
  else if (error.message.find("database is locked") != std::string::npos)
    error.message += "; end the program that has it open";
  else if (error.code == ErrorCode::limit)
    error.message += "; make room on its disk: until then records are in memory only";
  return error;
}

}  // namespace pannier::queue
