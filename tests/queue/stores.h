// A spool in a folder of its own, and what tests do with it: rows of numbered records, finishes, loads, and
// the sum that must hold whatever was done. Threads: one.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "queue/book_numbers.h"
#include "queue/sqlite_store.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::queue {

inline constexpr std::string_view orders = "malti/orders", users = "malti/users";
inline constexpr SystemTime noon = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

// Fails the test where there is an error, and ends it by an exception.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message;
    throw std::runtime_error(result.error().message);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline std::string record_of(RowId row, std::uint32_t record, std::size_t bytes) {
  std::string text = std::to_string(row) + "." + std::to_string(record) + ";";
  if (text.size() < bytes) text.resize(bytes, '.');
  return text;
}

class StoreTest : public ::testing::Test {
 protected:
  SqliteStore& store() {
    if (!store_) store_ = must(SqliteStore::open(options_));
    return *store_;
  }
  void close() { store_.reset(); }
  // What the files hold now, as after a kill: opened in their stead.
  void kill() {
    const TemporaryCopy copy(options_.path);
    close();
    copy.restore();
  }

  Put put_of(RowId row, std::uint32_t records, std::string_view lane = orders, std::size_t bytes = 20) {
    std::string content;
    std::vector<std::uint32_t> ends;
    for (std::uint32_t i = 0; i < records; ++i) {
      content += record_of(row, i, bytes);
      ends.push_back(static_cast<std::uint32_t>(content.size()));
    }
    const auto seconds = std::chrono::seconds(row);
    return {row, lane, {pool_->make_filled(content, ends), 0, records, {}, noon + seconds}};
  }
  static Finish whole(RowId row, std::uint32_t records, std::string_view lane = orders) {
    return {row, lane, records, true, {}};
  }
  Result<Applied> put(std::vector<Put> puts) {
    Transaction transaction;
    transaction.puts = std::move(puts);
    return store().apply(transaction);
  }
  Result<Applied> finish(Finish finish) {
    Transaction transaction;
    transaction.numbers = {{finish.lane, observe::Account::stored_delivered, 0, finish.records}};
    transaction.finishes = {std::move(finish)};
    return store().apply(transaction);
  }
  static RowsOf all(std::string_view lane = orders) { return {lane, 0, 1'000'000'000, {}}; }
  Loaded load(const RowsOf& rows, std::size_t bytes = 1U << 30U) {
    return must(store().load(rows, bytes, *pool_));
  }
  static std::vector<RowId> ids(const Loaded& loaded) {
    std::vector<RowId> rows;
    for (const LoadedRow& row : loaded.rows) rows.push_back(row.row);
    return rows;
  }
  std::vector<RowId> rows(std::string_view lane = orders) { return ids(load(all(lane))); }

  // Ends this run as a kill does and begins the next one with what the spool then says.
  Carried next_run(const std::optional<observe::RunPage>& page, const std::string& boot = "boot") {
    kill();
    return must(store().begin_run(++run_, boot, page));
  }
  Carried first_run() { return must(store().begin_run(++run_, "boot", std::nullopt)); }
  [[nodiscard]] observe::RunPage page(std::uint64_t accepted, std::uint64_t delivered,
                                      std::string_view lane = orders) const {
    observe::RunPage page{run_, "boot", {}, {{}}};
    observe::LaneBooks& books = lane_named(page.books, lane);
    books.accepted = accepted;
    books.delivered = delivered;
    return page;
  }
  // accepted = delivered + dead + dropped + lost + held, of each lane.
  static void expect_balance(const Carried& carried) {
    std::map<std::string, std::uint64_t> held;
    for (const CarriedLane& lane : carried.lanes) held[lane.name] = lane.records;
    for (const observe::LaneBooks& lane : carried.totals.lanes)
      EXPECT_EQ(lane.accepted, lane.delivered + observe::sum(lane.dead) + observe::sum(lane.dropped) +
                                   lane.lost_in_crash + held[lane.name])
          << lane.name;
  }
  std::int64_t number(const std::string& sql) {
    close();
    auto database = must(sqlite::Database::open(options_.path));
    return must(database.number(sql.c_str()));
  }
  void alter(const std::string& sql) {
    close();
    auto database = must(sqlite::Database::open(options_.path));
    must(database.run(sql.c_str()));
  }

  doubles::TemporaryFolder folder_;
  SpoolOptions options_{.path = folder_ / "state/spool.db"};
  std::shared_ptr<SegmentPool> pool_ = std::make_shared<SegmentPool>();
  std::uint64_t run_ = 0;

 private:
  class TemporaryCopy {
   public:
    explicit TemporaryCopy(std::string path)
        : path_(std::move(path)),
          file_(doubles::read_file(path_)),
          log_(doubles::read_file(path_ + "-wal")) {}
    void restore() const {
      doubles::write_file(path_, file_);
      doubles::write_file(path_ + "-wal", log_);
    }

   private:
    std::string path_, file_, log_;
  };
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace pannier::queue
