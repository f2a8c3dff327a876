// The local store: an SQLite file of request records that plain SQL can read while the daemon writes it (WAL,
// normal locking). Keeps what came within `keep` and fits into `bytes`, all its files together; the oldest
// arrivals go first. User: LocalTransport.
// Threads: not safe; it belongs to the thread that opened it.
// Errors: sentences that name the file and, where there is one, the cure. After any error the store is to be
// opened again. REQUIRES: options.bytes of 1 MiB at least; half of it, 16 MiB at most, is room for the log.
//
// Requests, errors, p50 and p95 by service and endpoint, from the index alone:
//   SELECT service, endpoint, total AS requests, sum(errors) AS errors,
//          min(response_time) FILTER (WHERE place * 100 >= total * 50) AS p50,
//          min(response_time) FILTER (WHERE place * 100 >= total * 95) AS p95
//   FROM (SELECT *, sum(n) OVER (PARTITION BY service, endpoint ORDER BY response_time) AS place,
//                   sum(n) OVER (PARTITION BY service, endpoint) AS total
//         FROM (SELECT service, endpoint, response_time, count(*) AS n, sum(status >= 500) AS errors
//               FROM records GROUP BY 1, 2, 3))
//   GROUP BY 1, 2;
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/sqlite.h"
#include "deliver/local/encode.h"
#include "deliver/local/options.h"
#include "record/time_text.h"

namespace pannier::deliver::local {

class Store {
 public:
  // Makes the file (mode 0640) and its folder where they are missing.
  static Result<Store> open(const Options& options);

  // All rows or none. `now` is their time of arrival. Makes room first, by a bounded number of removals.
  Result<void> insert(std::span<const Row> rows, SystemTime now);
  // One small step of what age and bytes ask for, some milliseconds; true: there is more to do.
  Result<bool> retain(SystemTime now);
  // The file was removed or replaced under us: what is written is lost.
  [[nodiscard]] bool is_moved() const { return database_.is_moved(); }
  [[nodiscard]] std::uint64_t file_bytes() const;  // the file, its log and its index, as they are on disk

 private:
  struct Statements {
    sqlite::Statement insert, remove_oldest, page_count, free_count;
  };
  static Result<Statements> prepare(sqlite::Database& database);
  Store(const Options& options, sqlite::Database database, Statements statements, std::int64_t last_id);

  Result<void> make_room();
  Result<bool> retain_step(std::int64_t keep_from);
  Result<bool> give_back();                                 // some free pages to the file system
  Result<std::int64_t> remove_oldest(std::int64_t before);  // how many went
  Result<std::int64_t> used_bytes();
  Result<std::int64_t> free_pages();
  Result<void> insert_row(const Row& row);

  Options options_;
  std::int64_t most_used_;  // bytes of pages in use: options_.bytes without the log's room
  std::int64_t last_id_;
  sqlite::Database database_;
  Statements statements_;
};

// "2026-01-01T12:00:00.123456Z"; times outside the years 0 to 9999 count as the nearest of them.
std::array<char, record::utc_text_bytes> utc_text(SystemTime time);

}  // namespace pannier::deliver::local
