#include "deliver/local/file.h"

#include <algorithm>
#include <string>

#include "base/make_file.h"

namespace pannier::deliver::local {
namespace {

// `id` is the arrival in microseconds since 1970, made unique: so the rows lie in the order in which they
// came, and age needs no index of its own. (service, endpoint, …) answers the README's statement alone.
constexpr const char* make_schema = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE records (
  service TEXT NOT NULL,
  node TEXT,
  method TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  status INTEGER NOT NULL,
  response_time NUMERIC NOT NULL, -- milliseconds
  consumer TEXT NOT NULL,
  context TEXT,
  created_at TEXT NOT NULL,       -- UTC, 2026-01-01T12:00:00.123456Z
  id INTEGER PRIMARY KEY          -- arrival, microseconds since 1970
);
CREATE INDEX records_by_endpoint ON records (service, endpoint, response_time, status);
PRAGMA user_version = 1;
COMMIT;
)sql";

Result<void> check_schema(sqlite::Database& database) {
  const auto version = database.number("PRAGMA user_version");
  if (!version) return version.error();
  if (*version == schema_version) return {};
  if (*version > schema_version)
    return Error{ErrorCode::not_built, database.path() + ": written by a newer pannier (schema " +
                                           std::to_string(*version) + ", this one knows " +
                                           std::to_string(schema_version) +
                                           "); run the newer one or give deliver.local.path another path"};
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables != 0)
    return Error{ErrorCode::in_use,
                 database.path() + ": a database of another program; give deliver.local.path another path"};
  return database.run(make_schema);
}

Result<void> set_up(sqlite::Database& database, const Options& options) {
  const std::int64_t log_bytes = std::clamp<std::int64_t>(log_room(options) / 4, 64LL << 10U, 2LL << 20U);
  // auto_vacuum counts only while the file is empty, and WAL writes its first page.
  const std::string pragmas =
      "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
      "PRAGMA wal_autocheckpoint=" +
      std::to_string(log_bytes / page_bytes) + "; PRAGMA journal_size_limit=" + std::to_string(log_bytes);
  if (const auto done = database.run(pragmas.c_str()); !done) return done.error();
  return check_schema(database);
}

}  // namespace

std::int64_t log_room(const Options& options) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(options.bytes / 2, 16ULL << 20U));
}

Result<sqlite::Database> open_file(const Options& options) {
  if (const auto made = make_file(options.path); !made) return made.error();
  auto database = sqlite::Database::open(options.path);
  if (!database) return database.error();
  if (const auto done = set_up(*database, options); !done) return done.error();
  return database;
}

}  // namespace pannier::deliver::local
