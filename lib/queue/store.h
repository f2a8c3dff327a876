// The spool's disk as the spool's core sees it: transactions that happen as a whole or not at all, and
// reading what lies longest. A row is a segment: what was committed together for one lane. Implementations:
// sqlite_store.h, the simulation's model. User: SpoolCore, through its thread.
// Threads: T3 only. Errors: as base/sqlite.h; after one nothing of the transaction has happened.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "observe/counter_page.h"
#include "observe/ledger.h"
#include "queue/letter.h"
#include "queue/segment.h"

namespace pannier::queue {

using observe::LaneId;

// Records [first, last) of a row.
struct RecordRange {
  std::uint32_t first = 0, last = 0;
};

struct Put {
  RowId row = 0;          // chosen by the core, above all that ever were
  std::string_view lane;  // its name; lanes are made when their first row comes
  Slice slice;            // its records are the row's, and what it says of them
};

struct Finish {
  RowId row = 0;
  std::string_view lane;
  std::uint32_t records = 0;          // that are finished with this transaction
  bool whole = false;                 // nothing is left: the row goes
  std::vector<RecordRange> finished;  // else: all that are, sorted and apart
};

// Numbers of the spool's own that change with the transaction. Account: stored_delivered, stored_dropped,
// dead, died_unstored, purged (without a lane).
struct Number {
  std::string_view lane;
  observe::Account account{};
  std::uint8_t reason = 0;
  std::uint64_t count = 0;
};

// The rows of a lane with after < id < before, but for those in `except` (sorted).
struct RowsOf {
  std::string_view lane;
  RowId after = 0;
  RowId before = 0;
  std::vector<RowId> except;
};

// Removes the oldest of these until `bytes` are free, one at least if there is one. What was left of them is
// added to the lane's dropped(full) in the same transaction.
struct MakeRoom {
  RowsOf rows;
  std::uint64_t bytes = 0;
};

// That a letter is put; where the letters are over their bound then, the oldest are purged.
struct LetterPut {
  LetterId id = 0;        // chosen by the core, as those of rows
  std::string_view lane;  // its name
  Letter letter;
};

// The oldest of these go, `most` letters at most, or become rows of their lanes, numbered from `first_row`
// on.
struct LetterRemoval {
  LetterSelection which;
  std::size_t most = 0;
  bool replay = false;
  Purge reason{};  // else
  RowId first_row = 0;
  std::vector<observe::DestinationId> destinations;  // that are on, for a replay's sums
};

struct Transaction {
  std::vector<MakeRoom> make_room;  // first; each gives what those before it did not
  std::vector<Put> puts;
  std::vector<Finish> finishes;
  std::vector<Number> numbers;
  std::vector<LetterPut> letters;
  std::uint64_t letter_bytes = 0;  // their bound
  std::optional<LetterRemoval> removal;
  bool is_trial = false;  // of a disk that failed: writes something, with all that a put would need
  [[nodiscard]] bool empty() const {
    return make_room.empty() && puts.empty() && finishes.empty() && numbers.empty() && letters.empty() &&
           !removal && !is_trial;
  }
};

struct Removed {
  std::uint64_t rows = 0, records = 0, bytes = 0;  // records: those that were not finished
};

// Letters that went; of one lane.
struct RemovedLetters {
  std::string lane;
  std::uint64_t letters = 0, records = 0, bytes = 0;
};

struct Applied {
  std::vector<Removed> made_room;       // as Transaction::make_room
  std::uint64_t letters_over = 0;       // records of letters that were purged, for others came
  std::uint64_t letters_corrupt = 0;    // that were to be replayed and are damaged: purged too
  std::vector<RemovedLetters> removed;  // by the removal
  LetterId removed_up_to = 0;           // of the removal's, none is left at or below
  bool removed_all = true;              // or at all
};

struct LoadedRow {
  RowId row = 0;
  SegmentPtr segment;             // all of its records; none: damaged, to be dropped
  std::uint32_t records = 0;      // of the row
  std::vector<RecordRange> left;  // not finished yet
  SystemTime arrived;
  std::uint32_t attempts = 0;
  bool maybe_sent = false;  // it may have been in flight when a run ended, or its own mark says so
};

struct Loaded {
  std::vector<LoadedRow> rows;  // by id
  RowId up_to = 0;              // there is none left at or below that was to be read
};

// By which keys that senders bring are known again in another run; all zero: not known.
using Salt = std::array<std::uint64_t, 2>;

// What an open spool begins a run with.
struct CarriedLane {
  std::string name;  // "malti/orders"
  std::uint64_t records = 0, bytes = 0;
};
struct Carried {
  RowId last_row = 0;
  std::vector<CarriedLane> lanes;  // those that hold something
  observe::Books totals;           // since the spool was made, without what is held
  // What the last run lost; none: unknown, after a power cut. Also in totals' lanes, as far as known.
  std::optional<std::uint64_t> lost_in_crash;
  std::uint64_t unknown_ends = 0;  // ever
  std::uint64_t letters = 0;       // records that are stored as dead letters
  Salt salt{};
};

class Store {
 public:
  virtual ~Store() = default;
  // limit: the disk is full. Then transactions without puts and trials may work all the same.
  virtual Result<Applied> apply(const Transaction& transaction) = 0;
  // The oldest of `rows`, `bytes` at most, but one at least if there is one.
  virtual Result<Loaded> load(const RowsOf& rows, std::size_t bytes, SegmentPool& pool) = 0;
  virtual Result<std::optional<SystemTime>> oldest_arrival() = 0;
  // The oldest, `most` at most; with their content or without.
  virtual Result<LetterPage> letters(const LetterSelection& which, std::size_t most,
                                     SegmentPool* content) = 0;
  virtual std::uint64_t used_bytes() = 0;  // of pages in use; what is free among them is used first
  // A small step of giving free space back to the file system. True: there is more to do.
  virtual Result<bool> tidy() = 0;

  // Ends the account of the last run, from its page, and begins that of `run`: one transaction. Rows that may
  // have been in flight are marked. A page that was accounted for already does nothing.
  virtual Result<Carried> begin_run(std::uint64_t run, const std::string& boot,
                                    const std::optional<observe::RunPage>& last) = 0;
  // The account of this run, at its regular end.
  virtual Result<void> end_run(const observe::RunPage& page) = 0;
};

}  // namespace pannier::queue
