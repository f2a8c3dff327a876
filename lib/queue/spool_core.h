// All decisions of the spool: what is written when and together, what gives way when it is full, what is read
// back, when a failing disk is tried again. Pure: the thread (spool.h) and the simulation carry out its Work
// on a Store and tell what came of it. Threads: T3 only. Memory: what the Rings lend it, and a note for each
// row that is partly finished.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "queue/options.h"
#include "queue/rings.h"
#include "queue/store.h"

namespace pannier::queue {

// Records [first, last) of a segment have come to their end.
struct RowEnd {
  LaneId lane = 0;
  StoredRow row;
  std::uint32_t first = 0, last = 0;
  std::uint64_t bytes = 0;
  observe::Account account{};  // stored_delivered, dead or stored_dropped
  std::uint8_t reason = 0;
};

// A batch that was taken from memory, to be put on disk while it is sent: the daemon ends.
struct PutBack {
  LaneId lane = 0;
  std::uint64_t batch = 0;
  std::vector<Slice> slices;  // those that are in memory only
};
// Letters to be removed or replayed, by a person or for their age.
struct LetterOrder {
  LetterSelection which;
  bool replay = false;
  Purge reason{};           // else
  std::uint64_t token = 0;  // by which the answer is known
};
struct LetterOrderDone {
  std::uint64_t token = 0;
  std::uint64_t letters = 0, records = 0, corrupt = 0;  // corrupt: records that could not be replayed
  std::string failure;                                  // empty: all was done
};

struct PutBackDone {
  LaneId lane = 0;
  std::uint64_t batch = 0;
  std::vector<StoredRow> rows;  // as its slices; empty: it could not be stored
};

class SpoolCore {
 public:
  // In mode always records that come in quick succession are gathered so long, and ends in every mode.
  static constexpr auto gather = std::chrono::milliseconds(50);
  static constexpr auto first_retry = std::chrono::seconds(1);
  static constexpr auto longest_retry = std::chrono::seconds(30);
  static constexpr auto longest_full = std::chrono::seconds(5);  // to look for room on a full disk is cheap
  static constexpr auto refused_again = std::chrono::milliseconds(500);  // a full spool is looked at again
  static constexpr std::size_t transaction_bytes = 2U << 20U;
  static constexpr std::size_t letters_at_once = 500;        // that an order removes with one transaction
  static constexpr std::size_t waiting_letters = 1U << 20U;  // bytes that may wait for a disk that fails
  static constexpr std::size_t most_waiting_letters = 4U << 20U;  // or for one that works, or hangs

  // Finds or makes the lane of what was stored.
  using LaneNamed = std::function<LaneId(const std::string& name)>;
  SpoolCore(const SpoolOptions& options, Rings& rings, LaneNamed lane_named);

  // What the disk holds as the run begins. REQUIRES: the lanes were told to the rings.
  void begin(RowId last_row, std::uint64_t used_bytes);
  void carried(LaneId lane, std::uint64_t bytes) { lane_of(lane).bytes += bytes; }
  void left_on_disk(LaneId lane, std::uint64_t bytes) { lane_of(lane).bytes = bytes; }  // after a loss

  // Events.
  void told(SteadyTime now);  // by the rings
  void ended(const RowEnd& end, SteadyTime now);
  void put_back(PutBack batch);
  void buried(std::vector<Letter> letters, SteadyTime now);
  // Letters that could not even wait.
  struct UnkeptLetter {
    LaneId lane = 0;
    Dead reason{};
    bool is_stored = false;  // as a row
    auto operator<=>(const UnkeptLetter&) const = default;
  };
  void unkept(const UnkeptLetter& letter, std::uint64_t records, SteadyTime now);
  void order(LetterOrder order);
  void asked_for_letters(SteadyTime now);  // those that wait are written at once
  void flush();                            // all that waits in memory
  void try_now();                          // a disk that failed may be well again

  using NumberKey = std::tuple<LaneId, observe::Account, std::uint8_t>;
  struct Work {
    Transaction transaction;
    std::vector<ToStore> segments;   // of the transaction's puts, the first ones
    std::vector<PutBack> batches;    // of its puts, the rest
    std::vector<Rings::Wish> reads;  // to be carried out where there is no transaction
    std::vector<LaneId> made_room;   // by whom
    std::vector<std::pair<NumberKey, std::uint64_t>> numbers;  // of the transaction, by their keys
    std::optional<LetterOrder> order;                          // whose removal it is
    RowId first_row = 0;
    bool is_flush = false;
    // To be applied and done(), also where nothing is left but batches that find no room.
    [[nodiscard]] bool writes() const { return !transaction.empty() || !batches.empty(); }
    [[nodiscard]] bool empty() const { return !writes() && reads.empty(); }
  };
  // The next thing to do; empty: nothing before wake_at() or the next event.
  Work next(SteadyTime now);

  struct Outcome {
    std::vector<LaneId> woken;
    std::vector<PutBackDone> put_back;
    std::vector<LetterOrderDone> orders;
  };
  void done(Work work, const Result<Applied>& applied, std::uint64_t used_bytes, SteadyTime now,
            Outcome& out);
  void read(const Rings::Wish& wish, const Result<Loaded>& loaded, SteadyTime now, Outcome& out);

  // The run ends: rows whose ends could not be written may have been sent.
  void end();

  // There is no disk: batches that were to be put on it are told so.
  void give_up_batches(Outcome& out);
  void give_up_orders(Outcome& out);

  [[nodiscard]] std::optional<SteadyTime> wake_at() const;
  // Nothing is left to be written, as far as is known.
  [[nodiscard]] bool is_idle() const;
  [[nodiscard]] bool is_full() const { return full_; }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }  // empty: the disk works
  [[nodiscard]] RowId next_row() const { return next_row_; }

 private:
  struct Lane {
    std::string_view name;
    std::uint64_t bytes = 0;  // on disk
  };
  // A row of which something was finished.
  struct Row {
    LaneId lane = 0;
    std::uint32_t records = 0, count = 0;
    std::uint32_t uncommitted = 0;  // of count
    std::vector<RecordRange> finished;
  };

  Lane& lane_of(LaneId lane);
  void write(Work& work, SteadyTime now);
  void collect(Work& work);
  void add_put(Work& work, LaneId lane, Slice& slice);
  [[nodiscard]] bool may_read(SteadyTime now) const { return !read_again_ || now >= *read_again_; }
  void make_room_for(Work& work);
  [[nodiscard]] std::vector<LaneId> lanes_by_size() const;
  void refuse(Work& work, std::uint64_t room);
  void add_finishes(Work& work);
  void add_letters(Work& work);
  void add_removal(Work& work);
  void count_dead(const UnkeptLetter& letter, std::uint64_t records);
  void purge_unkept(std::uint64_t records);
  void give_up_letters(std::size_t most_bytes);
  void removed(Work& work, const Applied& applied, Outcome& out);
  void replayed(const RemovedLetters& letters);
  void end_order(const LetterOrder& order, std::string failure, Outcome& out);
  void committed(Work& work, const Applied& applied, Outcome& out);
  void failed(Work& work, const Error& error, SteadyTime now, Outcome& out);
  void give_back(Work& work, Outcome& out);
  void due_by(SteadyTime time);
  Row& row_of(const RowEnd& end);
  void note_loaded(LaneId lane, const LoadedRow& loaded, SteadyTime now);
  [[nodiscard]] std::uint64_t room() const;

  const SpoolOptions options_;
  Rings& rings_;
  const LaneNamed lane_named_;
  std::vector<Lane> lanes_;  // by LaneId
  RowId next_row_ = 1;
  std::uint64_t used_ = 0;  // bytes, as the store says

  bool told_ = false, flush_ = false, full_ = false, fails_ = false;
  bool no_room_ = false;  // on the disk: rows may go, but none come
  bool ends_ = false;     // batches were put back
  std::optional<SteadyTime> due_;
  SteadyTime last_commit_{};
  std::optional<SteadyTime> retry_at_;
  Duration retry_after_{};
  std::optional<SteadyTime> read_again_;  // reading failed
  std::string trouble_;

  std::map<RowId, Row> rows_;
  std::set<RowId> touched_;  // rows with something uncommitted
  std::map<NumberKey, std::uint64_t> numbers_;
  std::vector<PutBack> batches_;

  std::deque<Letter> letters_;
  std::size_t letter_bytes_ = 0;  // of their records
  std::deque<LetterOrder> orders_;
  LetterOrderDone order_done_;  // so far, of the first
  bool is_no_space_ = false;    // that is why writing fails
};

}  // namespace pannier::queue
