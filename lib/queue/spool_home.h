// Brings a spool home whose file was removed, or replaced, while it was open: the open file has all of it
// still, and goes to a new one at the old path. User: SqliteStore. Threads: T3; takes as long as to write the
// file. Errors: io; in_use where something else lies at the path, which is never touched.
#pragma once
#include "base/sqlite.h"

namespace pannier::queue {

// REQUIRES: the database is moved. Whatever comes of it, it stays as it is.
Result<void> write_home(sqlite::Database& database);

}  // namespace pannier::queue
