// Opens the local store's file: makes it where it is missing, and sees that it is ours and of our schema.
// User: Store. Threads: the thread that will own the database. Errors: sentences that name the file and the
// cure.
#pragma once
#include <cstdint>

#include "base/sqlite.h"
#include "deliver/local/options.h"

namespace pannier::deliver::local {

inline constexpr std::int64_t schema_version = 1;  // PRAGMA user_version
inline constexpr std::int64_t page_bytes = 4096;

// How many of options.bytes are room for the log.
std::int64_t log_room(const Options& options);

// Mode 0640, its folder 0750 where that is missing. Takes bounded time, reads no rows.
Result<sqlite::Database> open_file(const Options& options);

}  // namespace pannier::deliver::local
