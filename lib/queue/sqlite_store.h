// The spool's disk: one SQLite file in WAL that belongs to this daemon alone (spool_file.h). A transaction is
// on disk when apply() returns: after a kill it is there, with `survives: power` after a power cut too.
// Threads: T3 only, which may wait for the disk here. Memory: the lanes' numbers, and SQLite's cache.
// Cost: a row of 500 records and 100 KB some 0.2 ms, see tests/bench/bench_spool.cpp.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "queue/damaged_spool.h"
#include "queue/file_id.h"
#include "queue/lane_table.h"
#include "queue/letter_table.h"
#include "queue/meta_table.h"
#include "queue/options.h"
#include "queue/segment_table.h"
#include "queue/spool_file.h"
#include "queue/spool_reserve.h"
#include "queue/store.h"
#include "queue/totals_table.h"
#include "queue/window_table.h"

namespace pannier::queue {

class SqliteStore : public Store {
 public:
  // `held`: as open_spool_file.
  static Result<std::unique_ptr<SqliteStore>> open(const SpoolOptions& options,
                                                   net::LockFile* held = nullptr);

  Result<Applied> apply(const Transaction& transaction) override;
  Result<Loaded> load(const RowsOf& rows, std::size_t bytes, SegmentPool& pool) override;
  Result<std::optional<SystemTime>> oldest_arrival() override;
  Result<LetterPage> letters(const LetterSelection& which, std::size_t most, SegmentPool* content) override;
  std::uint64_t used_bytes() override;
  Result<bool> tidy() override;
  Result<Carried> begin_run(std::uint64_t run, const std::string& boot,
                            const std::optional<observe::RunPage>& last) override;
  Result<void> end_run(const observe::RunPage& page) override;

  // The file or its log was removed or replaced under us: what is written is lost with the process.
  [[nodiscard]] bool is_moved() const;
  // Makes the file anew with all that the moved one held, in the middle of a run. After an error `store` is
  // as before, or none where the log alone was gone: then all is in the file.
  static Result<void> come_home(std::unique_ptr<SqliteStore>& store, const SpoolOptions& options);
  Result<std::uint64_t> begun_run();
  // Of a new spool: all that can be read of a damaged one, and what of it is lost. Also its run, which is
  // ended as any other.
  struct TakenOver {
    std::uint64_t records = 0, lost = 0;
  };
  Result<TakenOver> take_over(DamagedSpool& damaged);
  // A run that goes on in a spool that was rescued. Rows that it finishes and that are not there were counted
  // as lost with the others, and are not: the daemon's memory had them.
  Result<void> go_on(const BegunRun& run, const Salt& salt);
  Result<std::uint64_t> records_left(const RowsOf& rows);
  [[nodiscard]] std::uint64_t lane_bytes(std::string_view lane) const;
  [[nodiscard]] std::uint64_t letter_records() const { return tables_.letters.count().records; }
  [[nodiscard]] std::uint64_t file_bytes() const;  // the file and its log, as they are on disk

 private:
  struct Tables {
    LaneTable lanes;
    SegmentTable segments;
    TotalsTable totals;
    MetaTable meta;
    WindowTable windows;
    LetterTable letters;
  };
  struct Pragmas {
    sqlite::Statement page_count, free_count;
  };
  SqliteStore(const SpoolOptions& options, SpoolFile file, Tables tables, Pragmas pragmas);

  // Does `work` and writes the lanes' numbers, as one transaction; where anything fails all is as before.
  template <typename Work>
  std::invoke_result_t<Work> transact(Work work);
  // The same, once more with the reserve's room where the disk is full.
  template <typename Work>
  std::invoke_result_t<Work> transact_at_all_costs(Work work) {
    auto outcome = transact(work);
    if (outcome || !use_reserve(outcome.error())) return outcome;
    return transact(work);
  }
  bool use_reserve(const Error& error);
  Result<void> write_something();
  [[nodiscard]] std::uint64_t page_bytes() const { return static_cast<std::uint64_t>(file_.page_bytes); }
  Result<Applied> apply_all(const Transaction& transaction);
  Result<Removed> make_room(const MakeRoom& room);
  Result<void> reserve_rows(RowId last);
  Result<void> put(const Put& put);
  Result<void> finish(const Finish& finish);
  Result<void> add(const Number& number);

  // sqlite_store_letters.cpp
  Result<void> put_letters(const Transaction& transaction, Applied& applied);
  Result<void> remove_letters(const LetterRemoval& removal, Applied& applied, RowId& last_row);
  Result<void> replay(const StoredLetter& letter, RowId row,
                      const std::vector<observe::DestinationId>& destinations);
  Result<void> add_purged(Purge reason, std::uint64_t records);
  Result<void> forget_windows();
  void overwrite_commit();

  // sqlite_store_rescue.cpp
  Result<void> take_row(const std::string& name, LoadedRow row);
  std::optional<Error> take_letters(DamagedSpool& damaged, RowId& last);
  void settle_letters(observe::Books& totals) const;
  Result<void> take_facts(const DamagedSpool::Facts& facts, RowId last, std::uint64_t& lost);
  static std::uint64_t settle(observe::Books& totals, observe::LaneBooks& books, const LaneNumbers& lane,
                              std::uint64_t held);

  // sqlite_store_runs.cpp
  Result<Carried> begin_account(const BegunRun& run, const std::optional<observe::RunPage>& last);
  Result<std::optional<std::uint64_t>> end_killed(const BegunRun& begun, const std::string& boot,
                                                  const std::optional<observe::RunPage>& last);
  Result<std::uint64_t> end_account(const observe::Books& run);  // what was lost
  Result<void> mark_all();
  Result<void> mark_windows(const observe::RunPage& page);
  Result<Carried> carried();

  SpoolFile file_;  // the statements end before it
  Tables tables_;
  Pragmas pragmas_;
  SpoolReserve reserve_;
  std::optional<FileId> log_id_;
  bool is_rescued_ = false;                                                     // in this run
  std::shared_ptr<SegmentPool> letter_pool_ = std::make_shared<SegmentPool>();  // of what is replayed
  std::uint64_t used_bytes_ = 0;                                                // when it was last known
  RowId reserved_rows_ = 0;  // no id above was ever given, as far as the file says
};

template <typename Work>
std::invoke_result_t<Work> SqliteStore::transact(Work work) {
  using Outcome = std::invoke_result_t<Work>;
  bool commit_failed = false;
  const auto attempt = [&]() -> Outcome {
    auto transaction = sqlite::Transaction::begin(file_.database);
    if (!transaction) return transaction.error();
    Outcome outcome = work();
    if (!outcome) return outcome;
    if (const auto saved = tables_.lanes.save(); !saved) return saved.error();
    if (const auto saved = tables_.letters.save(tables_.meta); !saved) return saved.error();
    const auto done = transaction->commit();
    commit_failed = !done;
    if (commit_failed) return done.error();
    return outcome;
  };
  Outcome outcome = attempt();
  if (outcome) {
    tables_.lanes.keep();
    tables_.letters.keep();
    return outcome;
  }
  if (commit_failed) overwrite_commit();
  tables_.lanes.revert();
  tables_.letters.revert();
  reserved_rows_ = 0;
  // What can't be read again stays as it is: at worst more is marked than need be.
  (void)tables_.windows.reload();
  return with_cure(outcome.error(), file_.database.path());
}

}  // namespace pannier::queue
