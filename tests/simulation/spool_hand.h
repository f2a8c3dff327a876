// The spool's thread as the simulation plays it: the real core's work is carried out on the model of the disk
// after random waits, so that anything may happen in between. Does what queue::Spool does with a real one.
// User: Daemon. Threads: one.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "queue/spool_core.h"
#include "simulation/disk.h"
#include "simulation/plan.h"
#include "simulation/stage.h"

namespace pannier::simulation {

class SpoolHand {
 public:
  struct Hooks {
    std::function<void(queue::LaneId)> wake;
    std::function<void(std::uint64_t ticket)> accounted;
    std::function<void(const queue::PutBackDone&)> saved;
    std::function<queue::LaneId(const std::string& name)> lane_of;
    std::function<bool()> dies;  // true: killed right here
    std::function<void()> ended;
  };
  SpoolHand(const Plan& plan, Stage& stage, Disk& disk, queue::Rings& rings, observe::Ledger& ledger,
            Hooks hooks);

  void start();
  void ended(const std::vector<queue::RowEnd>& rows, std::vector<queue::Letter> letters);
  void order(queue::LetterOrder order);
  void put_back(queue::PutBack batch);
  void flush();
  void stop();

  // For the judge.
  [[nodiscard]] const std::optional<queue::Carried>& carried() const { return carried_; }  // none: not open
  [[nodiscard]] bool is_idle() const { return !busy_ && inbox_.empty() && core_.is_idle(); }
  [[nodiscard]] bool is_busy() const { return busy_; }
  // Ends in the books of which the disk does not know yet.
  [[nodiscard]] std::int64_t uncommitted(const std::string& lane) const;
  // Records that died in memory, of which the disk does not know yet.
  [[nodiscard]] std::uint64_t dying() const { return dying_; }
  // Records that are on disk, and the rings do not know it yet.
  [[nodiscard]] std::uint64_t put_unknown() const;
  [[nodiscard]] std::uint64_t puts() const { return puts_; }  // records

 private:
  struct Inbox {
    std::vector<queue::RowEnd> ends;
    std::vector<queue::PutBack> batches;
    std::vector<queue::Letter> letters;
    std::vector<queue::LetterOrder> orders;
    bool told = false, flush = false, stop = false;
    [[nodiscard]] bool empty() const {
      return ends.empty() && batches.empty() && letters.empty() && orders.empty() && !told && !flush && !stop;
    }
  };
  void post() { look_by(stage_.now() + stage_.up_to(std::chrono::milliseconds(2))); }
  void look_by(SteadyTime time);
  void look();
  void take_inbox();
  void open();
  void work_without_disk();
  void begin_work();
  void apply();
  void done();
  void load();
  void read();
  void end_work();
  void tell(const queue::SpoolCore::Outcome& outcome);
  void tell_accounted();
  void tell_begun() const;
  void check_bytes() const;
  void note(const queue::Transaction& transaction);
  void end_run();
  [[nodiscard]] SteadyTime next_look() const;
  void after(Duration wait, void (SpoolHand::*what)());

  const Plan& plan_;
  Stage& stage_;
  Disk& disk_;
  queue::Rings& rings_;
  observe::Ledger& ledger_;
  const Hooks hooks_;
  queue::SpoolCore core_;
  Life life_ = std::make_shared<const char>();

  Inbox inbox_;
  std::optional<queue::Carried> carried_;
  std::optional<SteadyTime> look_at_;
  SteadyTime open_at_{};
  bool busy_ = false, stopping_ = false, ended_ = false;
  queue::SpoolCore::Work work_;
  std::optional<Result<queue::Applied>> applied_;
  std::size_t next_read_ = 0;
  std::optional<Result<queue::Loaded>> loaded_;
  std::uint64_t told_ticket_ = 0, puts_ = 0, dying_ = 0;
  std::map<std::string, std::int64_t, std::less<>> uncommitted_;
};

}  // namespace pannier::simulation
