// The spool's thread and what it owns: core, store and counter page. Users: spool.h. Threads: open(),
// start(), stop(), join() by its owner, post() and facts() by any; the rest is T3.
#pragma once
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "observe/page_file.h"
#include "queue/spool.h"
#include "queue/sqlite_store.h"

namespace pannier::queue {

class Spool::Worker {
 public:
  Worker(const SpoolOptions& options, std::size_t lanes, Rings& rings, observe::Ledger& ledger, Hooks hooks);

  struct Inbox {
    std::vector<RowEnd> ends;
    std::vector<PutBack> batches;
    std::vector<Letter> letters;
    std::size_t letter_bytes = 0;  // of their records
    // Where the thread hangs in a disk, memory is not filled with letters.
    std::map<SpoolCore::UnkeptLetter, std::uint64_t> unkept;  // records
    std::vector<LetterOrder> orders;
    std::vector<LetterQuestion> questions;
    bool told = false, flush = false, stop = false;
    bool is_urgent = false;  // of a kind that does not wait to be gathered with others
    [[nodiscard]] bool empty() const {
      return ends.empty() && batches.empty() && letters.empty() && unkept.empty() && orders.empty() &&
             questions.empty() && !told && !flush && !stop;
    }
    void add(Letter letter);
  };
  // What is gathered anyway needs no wake-up of its own where the thread looks soon enough by itself.
  enum class When : std::uint8_t { now, gathered };
  template <typename Change>
  void post(Change change, When when = When::now) {
    const std::lock_guard lock(mutex_);
    change(inbox_);
    if (when == When::gathered && sleeps_until_ <= steady_now() + SpoolCore::gather) return;
    inbox_.is_urgent = true;
    wake_.notify_one();
  }

  void note_buried(const std::vector<Letter>& letters) {
    for (const Letter& letter : letters) rings_.buried(letter.slice.records());
  }
  Result<void> open(std::chrono::milliseconds longest);
  void start();
  bool stop(std::chrono::milliseconds longest);
  void join();
  [[nodiscard]] SpoolFacts facts() const {
    const std::lock_guard lock(mutex_);
    return facts_;
  }
  [[nodiscard]] const SpoolOptions& options() const { return options_; }

 private:
  void live(std::promise<Result<void>> opened);
  bool wait_for_start();
  Result<void> open_spool();
  Result<std::unique_ptr<SqliteStore>> open_files(Carried& carried);
  Result<std::unique_ptr<SqliteStore>> open_or_rescue();
  Result<void> rescue(const Error& why);
  void note_damage(const Error& error);
  void tell_lost();
  Result<void> resume();
  Error not_open(Error error);
  void take_in(const Carried& carried);
  void run();
  void wait(SteadyTime until);
  void take_inbox();
  bool work();
  void carry_out(SpoolCore::Work work);
  void tell(const SpoolCore::Outcome& outcome);
  void tell_accounted();
  void retry_open();
  void use_disk();
  void look_at_files();
  void bring_home();
  void bring_page_home();
  void leave_moved();
  [[nodiscard]] std::string trouble() const;
  void tidy();
  void tell_trouble();
  void refresh_facts(bool at_once);
  [[nodiscard]] SteadyTime next_look() const;
  void answer_questions();
  void expire_letters();
  void purge_at_the_end();
  void end_run();

  const SpoolOptions options_;
  const std::size_t most_lanes_;
  Rings& rings_;
  observe::Ledger& ledger_;
  const Hooks hooks_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Inbox inbox_;                // guarded by mutex_
  SteadyTime sleeps_until_{};  // guarded by mutex_
  SpoolFacts facts_;           // guarded by mutex_
  bool is_started_ = false;    // guarded by mutex_
  bool is_late_ = false;       // guarded by mutex_: its owner did not wait until it was open
  bool has_tried_ = false;     // guarded by mutex_: to open it, once at least
  std::promise<void> ended_;
  std::thread thread_;

  SpoolCore core_;                      // from here on: T3
  std::unique_ptr<SqliteStore> store_;  // none: it can't be had, and is tried again
  std::optional<observe::PageFile> page_file_;
  std::unique_ptr<observe::CounterPage> page_;
  std::uint64_t run_id_ = 0;  // once there is a page
  std::string boot_;
  Salt salt_{};
  std::optional<Error> damage_;  // to be rescued before it is opened again
  std::optional<SteadyTime> unreadable_since_;
  bool is_rescued_ = false;           // what was lost is not in the books yet
  bool was_rescued_ = false;          // in this run
  std::uint64_t letters_before_ = 0;  // records of dead letters that the damaged file held
  std::optional<Error> moved_;  // why the file that was taken away is not back: nothing is written meanwhile
  std::vector<LetterQuestion> questions_;
  SteadyTime open_at_{}, facts_at_{}, worked_at_{}, look_at_{}, expire_at_{};
  std::uint64_t told_ticket_ = 0;
  std::string told_trouble_;
  bool is_tidy_ = false, stopping_ = false;
};

}  // namespace pannier::queue
