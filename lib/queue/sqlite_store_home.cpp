// A spool whose files were taken away under it.
#include <unistd.h>

#include "queue/spool_home.h"
#include "queue/sqlite_store.h"

namespace pannier::queue {

bool SqliteStore::is_moved() const {
  return file_.database.is_moved() || id_of_file(file_.database.path() + "-wal") != log_id_;
}

Result<void> SqliteStore::come_home(std::unique_ptr<SqliteStore>& store, const SpoolOptions& options) {
  sqlite::Database& database = store->file_.database;
  if (!database.is_moved()) {
    // The log alone is gone: once all of it is in the file nothing depends on it.
    if (const auto done = database.run("PRAGMA wal_checkpoint(TRUNCATE)"); !done)
      return with_cure(done.error(), options.path);
    net::LockFile lock = std::move(*store->file_.lock);
    store.reset();
    auto again = open(options, &lock);
    if (!again) return again.error();
    store = std::move(*again);
    return {};
  }
  if (const auto done = write_home(database); !done) return with_cure(done.error(), options.path);
  auto fresh = open(options, &*store->file_.lock);
  if (!fresh) {
    // Next time the path must be free, and we have it all still.
    (void)::unlink(options.path.c_str());
    return fresh.error();
  }
  store = std::move(*fresh);
  return {};
}

}  // namespace pannier::queue
