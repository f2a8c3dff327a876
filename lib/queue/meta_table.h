// The few facts about the spool and its runs that are no totals. User: SqliteStore. Threads: its own.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/sqlite.h"
#include "queue/store.h"

namespace pannier::queue {

namespace meta_names {
inline constexpr std::string_view last_row = "last_row";          // no id above it ever was
inline constexpr std::string_view unknown_ends = "unknown_ends";  // runs of which nobody knows what they lost
inline constexpr std::string_view salt_1 = "salt_1", salt_2 = "salt_2";
// Transactions that wrote nothing else: over a commit that failed, and to try the disk.
inline constexpr std::string_view written_for_nothing = "failed_commits";
}  // namespace meta_names

// Of the run that was begun and not ended; run 0: none.
struct BegunRun {
  std::uint64_t run = 0;
  std::string boot;
};

class MetaTable {
 public:
  static Result<MetaTable> open(sqlite::Database& database);

  Result<std::int64_t> number(std::string_view name);  // 0 where there is none
  Result<void> set(std::string_view name, std::int64_t value);
  Result<Salt> salt();  // made where there is none
  Result<void> set_salt(const Salt& salt);
  Result<BegunRun> begun();
  Result<void> set_begun(const BegunRun& run);

 private:
  MetaTable(sqlite::Statement get, sqlite::Statement set) : get_(std::move(get)), set_(std::move(set)) {}
  sqlite::Statement get_, set_;
};

}  // namespace pannier::queue
