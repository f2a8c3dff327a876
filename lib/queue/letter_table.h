// The dead letters on disk, and how many records and bytes they are, kept by each transaction so that no
// start counts them. Counts go to the table of facts by save() and stay by keep(), or are undone by revert()
// where the transaction failed. User: SqliteStore, within its transactions. Threads: its own.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "queue/meta_table.h"
#include "queue/store.h"

namespace pannier::queue {

class LetterTable {
 public:
  static Result<LetterTable> open(sqlite::Database& database, MetaTable& meta);

  Result<void> put(const LetterPut& put);
  Result<void> put(const StoredLetter& letter);  // with its content
  // `most` at most, the oldest first. `content`: where theirs is to be read into.
  Result<LetterPage> select(const LetterSelection& which, std::size_t most, SegmentPool* content);
  Result<void> remove(const StoredLetter& letter);

  struct Count {
    std::uint64_t records = 0, bytes = 0;
    bool operator==(const Count&) const = default;
  };
  [[nodiscard]] const Count& count() const { return now_; }
  Result<void> save(MetaTable& meta);
  void keep() { kept_ = now_; }
  void revert() { now_ = kept_; }

 private:
  struct Statements {
    sqlite::Statement insert, select, content, remove;
  };
  LetterTable(Statements statements, Count count)
      : statements_(std::move(statements)), now_(count), kept_(count) {}
  Result<void> select_some(const LetterSelection& which, std::size_t most, LetterPage& page);
  Result<SegmentPtr> read(LetterId id, SegmentPool& pool);

  Statements statements_;
  Count now_, kept_;
  std::vector<std::uint32_t> ends_;  // kept for its memory, as the next
  std::string packed_;
};

}  // namespace pannier::queue
