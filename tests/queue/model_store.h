// A store in plain memory that keeps what a disk would: what was committed outlives a kill, what was synced a
// power cut. Used by the tests of the spool's core and by the simulation. Threads: not safe.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "queue/fold.h"
#include "queue/store.h"

namespace pannier::queue {

class ModelStore : public Store {
 public:
  // What is asked before each transaction and read; an error: it fails, and nothing has happened.
  using Fault = std::function<std::optional<Error>()>;

  Result<Applied> apply(const Transaction& transaction) override;
  Result<LetterPage> letters(const LetterSelection& which, std::size_t most, SegmentPool* content) override;
  Result<Loaded> load(const RowsOf& rows, std::size_t bytes, SegmentPool& pool) override;
  Result<std::optional<SystemTime>> oldest_arrival() override;
  std::uint64_t used_bytes() override;
  Result<bool> tidy() override { return false; }
  Result<Carried> begin_run(std::uint64_t run, const std::string& boot,
                            const std::optional<observe::RunPage>& last) override;
  Result<void> end_run(const observe::RunPage& page) override;

  void on_access(Fault fault) { fault_ = std::move(fault); }
  void sync() { synced_ = now_; }       // what is there now outlives a power cut
  void power_cut() { now_ = synced_; }  // back to what was synced

  struct Row {
    std::string lane;
    std::shared_ptr<const std::string> bytes;
    std::vector<std::uint32_t> ends;
    SystemTime arrived;
    std::uint32_t attempts = 0;
    std::uint8_t format = 0;
    bool maybe_sent = false, is_damaged = false;
    std::vector<RecordRange> finished;
    [[nodiscard]] std::uint32_t left() const;
  };
  [[nodiscard]] const std::map<RowId, Row>& rows() const { return now_.rows; }
  void damage(RowId row) { now_.rows.at(row).is_damaged = true; }
  [[nodiscard]] std::uint64_t records_of(const std::string& lane) const;  // that are not finished
  [[nodiscard]] std::uint64_t letters_held() const;                       // records
  [[nodiscard]] const observe::Books& totals() const { return now_.totals; }

 private:
  struct Disk {
    std::map<RowId, Row> rows;
    std::map<LetterId, StoredLetter> letters;  // with their content
    RowId last_row = 0;
    observe::Books totals;
    PutByLane put;
    std::map<std::string, std::vector<observe::RowWindow>> windows;
    std::uint64_t run = 0, unknown_ends = 0;  // run 0: it ended regularly
    std::string boot;
  };
  void put(const Put& put);
  Removed make_room(const MakeRoom& room);
  void put_letters(const Transaction& transaction, Applied& applied);
  void remove_letters(const LetterRemoval& removal, Applied& applied);
  void replay(const StoredLetter& letter, RowId row, const LetterRemoval& removal);
  void add(const Number& number);
  [[nodiscard]] bool is_wanted(RowId id, const Row& row, const RowsOf& rows) const;
  [[nodiscard]] bool may_have_been_sent(RowId id, const Row& row) const;
  void mark(const observe::RunPage& page);
  Carried carried(std::optional<std::uint64_t> lost) const;

  Fault fault_;
  std::shared_ptr<SegmentPool> letter_pool_ = std::make_shared<SegmentPool>();
  Disk now_, synced_;
};

}  // namespace pannier::queue
