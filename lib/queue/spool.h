// The spool at work: its core, its store and the thread they run on (T3). What it holds when the daemon
// starts is taken in by open(); a disk that fails is tried again for as long as it takes, and nobody waits
// for it. Users: daemon, the lanes' shells. Threads: as each member says. Memory: what the Rings lend it.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "queue/options.h"
#include "queue/rings.h"
#include "queue/spool_core.h"
#include "queue/store.h"

namespace pannier::queue {

// For status. None of it costs a look at the disk.
struct SpoolFacts {
  std::string trouble;  // empty: it works
  bool is_full = false;
  std::uint64_t used_bytes = 0;
  std::optional<SystemTime> oldest;        // arrival of the oldest record
  std::shared_ptr<const Carried> carried;  // none: it was not opened yet
};

struct LetterQuestion {
  LetterSelection which;
  std::size_t most = 0;
  bool with_content = false;
  std::uint64_t token = 0;
};

class Spool {
 public:
  // Called on T3; before start() `lane_of` alone is, while open() waits or after it gave up waiting.
  struct Hooks {
    std::function<void(LaneId)> wake;
    // Reads up to this ticket are accounted for. In mode always only.
    std::function<void(std::uint64_t ticket)> accounted;
    std::function<void(PutBackDone)> saved;
    std::function<void(LetterOrderDone)> ordered;
    std::function<void(std::uint64_t token, Result<LetterPage>)> answered;
    // Finds or makes the lane of what was carried in.
    std::function<LaneId(const std::string& name)> lane_of;
  };
  // REQUIRES: rings and ledger outlive it. `lanes`: so many have a place on the counter page.
  Spool(const SpoolOptions& options, std::size_t lanes, Rings& rings, observe::Ledger& ledger, Hooks hooks);
  ~Spool();  // waits for the thread, unless stop() did
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Before start(): opens the file and takes in what it holds. in_use, not_built: the daemon must not start.
  // Any other error: it may, and the file is tried again every now and then; unavailable: after `longest` it
  // is still being opened, and will be used as soon as it is; what is wrong with it is then told by facts().
  Result<void> open(std::chrono::milliseconds longest);
  void start();  // REQUIRES: what the hooks call is there
  // T2. What is left is written, the run's account is closed. False: the disk hangs, and so does the thread;
  // the process must end without freeing what it uses.
  bool stop(std::chrono::milliseconds longest);

  // T2. Of rows, and what is to be kept of those that died. REQUIRES: that they died was booked, on T2 too
  // and just now.
  void ended(std::span<const RowEnd> ends, std::vector<Letter> letters);
  void put_back(PutBack batch);  // T2
  // Any thread; the answers come through the hooks, once for each token.
  void order(LetterOrder order);
  void ask(LetterQuestion question);
  void flush();                            // any: all that waits in memory goes to disk
  [[nodiscard]] SpoolFacts facts() const;  // any
  [[nodiscard]] const SpoolOptions& options() const;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace pannier::queue
