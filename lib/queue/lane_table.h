// The spool's lanes: what each holds and what it put in this run, kept by each transaction so that no start
// counts rows. All of them are in memory; changes go to the table by save() and stay by keep(), or are undone
// by revert() where the transaction failed. User: SqliteStore. Threads: its own.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/sqlite.h"
#include "queue/fold.h"

namespace pannier::queue {

struct LaneNumbers {
  std::uint64_t records = 0, bytes = 0, put = 0, delivered = 0;
  bool operator==(const LaneNumbers&) const = default;
};

struct LaneRow {
  std::int64_t id = 0;
  LaneNumbers now;
  LaneNumbers kept;  // as committed
  bool is_kept = false;

  [[nodiscard]] bool holds() const { return now.records != 0 || now.bytes != 0; }
  // Records that left the spool, and the bytes of segments that did. A damaged row may have named too many.
  void take_off(std::uint64_t records, std::uint64_t bytes);
};

class LaneTable {
 public:
  using Lanes = std::map<std::string, LaneRow, std::less<>>;

  static Result<LaneTable> open(sqlite::Database& database);

  LaneRow* find(std::string_view name);
  LaneRow& find_or_make(std::string_view name);
  [[nodiscard]] const Lanes& lanes() const { return lanes_; }
  [[nodiscard]] PutByLane put_by_lane() const;
  // Of the run that was begun; forgotten when its account is closed.
  [[nodiscard]] PutByLane delivered_by_lane() const;
  void forget_run();

  Result<void> save();
  void keep();
  void revert();

 private:
  LaneTable(Lanes lanes, sqlite::Statement write) : lanes_(std::move(lanes)), write_(std::move(write)) {}
  Lanes lanes_;
  sqlite::Statement write_;
};

}  // namespace pannier::queue
