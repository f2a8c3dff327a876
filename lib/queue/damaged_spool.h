// What can still be read of a damaged spool. It is only read: its rows by their numbers from both ends and in
// between, everything else as far as it goes. User: rescue_spool. Threads: one; may wait for the disk.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/sqlite.h"
#include "queue/lane_table.h"
#include "queue/letter_table.h"
#include "queue/meta_table.h"
#include "queue/segment_table.h"
#include "queue/window_table.h"

namespace pannier::queue {

class DamagedSpool {
 public:
  explicit DamagedSpool(const std::string& path);

  struct Facts {
    LaneTable::Lanes lanes;
    observe::Books totals;
    WindowTable::Windows windows;
    std::optional<BegunRun> begun;  // none: unreadable
    std::int64_t last_row = 0, unknown_ends = 0;
    Salt salt{};
  };
  [[nodiscard]] const Facts& facts() const { return facts_; }

  // Each row with a right checksum, of lanes that have a name; false from `take` ends it.
  using Take = std::function<bool(std::int64_t lane, LoadedRow row)>;
  void each_row(const Take& take);

  // Dead letters with a right checksum, the oldest first, as far as they can be read.
  using TakeLetter = std::function<bool(StoredLetter letter)>;
  void each_letter(const TakeLetter& take);

 private:
  void read_facts();
  // The ids that can be read: from both ends, and then between them.
  std::set<RowId> ids_of(const std::string& table);
  bool scan(const std::string& table, const char* order, std::set<RowId>& ids);  // false: not to the end
  std::optional<LoadedRow> read(std::int64_t lane, RowId row);
  std::optional<std::int64_t> lane_of(RowId row);

  std::optional<sqlite::Database> database_;
  std::optional<SegmentTable> segments_;
  std::optional<LetterTable> letters_;
  std::shared_ptr<SegmentPool> pool_ = std::make_shared<SegmentPool>();
  Facts facts_;
};

}  // namespace pannier::queue
