// Opens the spool's file: makes it where it is missing, sees that it is ours and nobody else's, and brings an
// older schema up to ours step by step. User: SqliteStore. Threads: the thread that will own the database.
// Errors: sentences that name the file and the cure; in_use where another daemon or program holds it,
// not_built where a newer pannier wrote it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/sqlite.h"
#include "net/lock_file.h"
#include "queue/options.h"

namespace pannier::queue {

inline constexpr std::int64_t spool_application = 0x70616e6e;  // PRAGMA application_id: "pann"
inline constexpr std::int64_t spool_schema = 3;                // PRAGMA user_version
inline constexpr std::int64_t spool_page_bytes = 8192;         // of a new file

struct SpoolFile {
  std::optional<net::LockFile> lock;  // of PATH.lock; outlives the database; none in memory
  sqlite::Database database;
  std::int64_t page_bytes = spool_page_bytes;
};

// Mode 0640, its folder 0750 where that is missing. Reads no rows: of a backlog of any size, some pages and
// the log. `held`: the lock of a spool that was open here before; taken over where it is still at its path.
Result<SpoolFile> open_spool_file(const SpoolOptions& options, net::LockFile* held = nullptr);

// The same in memory only, for mode off: nothing but dead letters is in it.
Result<SpoolFile> open_spool_in_memory();

// The same error, with what to do about it where somebody can do something.
Error with_cure(Error error, const std::string& path);

}  // namespace pannier::queue
