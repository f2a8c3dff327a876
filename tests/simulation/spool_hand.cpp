#include "simulation/spool_hand.h"

#include <algorithm>
#include <utility>

#include "simulation/spool_story.h"

namespace pannier::simulation {

using std::chrono::milliseconds;

namespace {

// As in queue/spool.cpp.
constexpr auto open_again = std::chrono::seconds(10);
constexpr auto ends_again = milliseconds(100);

}  // namespace

SpoolHand::SpoolHand(const Plan& plan, Stage& stage, Disk& disk, queue::Rings& rings, observe::Ledger& ledger,
                     Hooks hooks)
    : plan_(plan),
      stage_(stage),
      disk_(disk),
      rings_(rings),
      ledger_(ledger),
      hooks_(std::move(hooks)),
      core_(plan.spool, rings, hooks_.lane_of) {
  rings_.on_spool_work([this] {
    inbox_.told = true;
    post();
  });
}

void SpoolHand::after(Duration wait, void (SpoolHand::*what)()) {
  stage_.after(wait, life_, [this, what] { (this->*what)(); });
}

void SpoolHand::look_by(SteadyTime time) {
  if (busy_ || ended_ || (look_at_ && *look_at_ <= time)) return;
  look_at_ = time;
  stage_.at(time, life_, [this, time] {
    if (look_at_ == time) look();
  });
}

void SpoolHand::start() {
  open();
  post();
}

void SpoolHand::order(queue::LetterOrder order) {
  inbox_.orders.push_back(std::move(order));
  post();
}

void SpoolHand::ended(const std::vector<queue::RowEnd>& rows, std::vector<queue::Letter> letters) {
  if (rows.empty() && letters.empty()) return;
  for (queue::Letter& letter : letters) {
    rings_.buried(letter.slice.records());
    if (!letter.slice.is_stored()) dying_ += letter.slice.records();
    inbox_.letters.push_back(std::move(letter));
  }
  for (const queue::RowEnd& end : rows)
    uncommitted_[std::string(rings_.name_of(end.lane))] += end.last - end.first;
  inbox_.ends.insert(inbox_.ends.end(), rows.begin(), rows.end());
  post();
}

void SpoolHand::put_back(queue::PutBack batch) {
  inbox_.batches.push_back(std::move(batch));
  post();
}

void SpoolHand::flush() {
  inbox_.flush = true;
  post();
}

void SpoolHand::stop() {
  inbox_.stop = true;
  post();
}

// ---- the file

void SpoolHand::open() {
  auto begun = disk_.begin_run();
  if (!begun) {
    stage_.tell("the spool can't be opened: ", begun.error().message);
    stage_.hits.hit(Fault::opened_late);
    open_at_ = stage_.now() + open_again;
    return;
  }
  ledger_.attach(disk_.page());
  rings_.attach(disk_.page());
  core_.begin(begun->last_row, disk_.store().used_bytes());
  for (const queue::CarriedLane& lane : begun->lanes) {
    const queue::LaneId id = hooks_.lane_of(lane.name);
    core_.carried(id, lane.bytes);
    rings_.carry_in(id, lane.records);
  }
  rings_.carry_in_letters(begun->letters);
  core_.told(stage_.now());
  carried_ = std::move(*begun);
  tell_begun();
}

void SpoolHand::work_without_disk() {
  std::vector<queue::LaneId> woken;
  rings_.set_disk_works(false, woken);
  queue::SpoolCore::Outcome outcome;
  outcome.woken = std::move(woken);
  core_.give_up_batches(outcome);
  core_.give_up_orders(outcome);
  tell(outcome);
}

// ---- the thread

void SpoolHand::look() {
  look_at_.reset();
  if (busy_ || ended_) return;
  take_inbox();
  if (!carried_ && stage_.now() >= open_at_) {
    open();
    if (carried_) {
      queue::SpoolCore::Outcome outcome;
      rings_.set_disk_works(true, outcome.woken);
      tell(outcome);
    }
  }
  if (carried_) {
    work_ = core_.next(stage_.now());
    if (!work_.empty()) return begin_work();
  } else {
    work_without_disk();
  }
  tell_accounted();
  if (stopping_) return end_run();
  if (carried_ && core_.wake_at() && *core_.wake_at() < stage_.now())
    stage_.complain("the spool's core has nothing to do and wants no rest");
  if (carried_) disk_.kept().tidy();
  look_by(next_look());
}

void SpoolHand::take_inbox() {
  const SteadyTime now = stage_.now();
  Inbox inbox = std::exchange(inbox_, {});
  if (inbox.told) core_.told(now);
  for (const queue::RowEnd& end : inbox.ends) core_.ended(end, now);
  for (queue::PutBack& batch : inbox.batches) core_.put_back(std::move(batch));
  core_.buried(std::move(inbox.letters), now);
  for (queue::LetterOrder& order : inbox.orders) core_.order(std::move(order));
  if (inbox.flush || inbox.stop) core_.flush();
  stopping_ = stopping_ || inbox.stop;
}

SteadyTime SpoolHand::next_look() const {
  const SteadyTime now = stage_.now();
  const bool always = plan_.spool.mode == queue::SpoolMode::always;
  if (!carried_) return always ? now + ends_again : open_at_;
  SteadyTime look = now + std::chrono::hours(1);
  if (const auto wanted = core_.wake_at()) look = std::min(look, std::max(now, *wanted));
  if ((!core_.trouble().empty() || rings_.awaits_ends()) && always) look = std::min(look, now + ends_again);
  return look;
}

void SpoolHand::begin_work() {
  busy_ = true;
  if (hooks_.dies()) return;
  if (core_.is_full()) {
    const bool refuses = plan_.spool.when_full == queue::WhenFull::refuse;
    stage_.hits.hit(refuses ? Fault::refuse : Fault::spool_full);
    if (!plan_.faults.has(Fault::spool_full)) stage_.complain("the spool is full of nothing");
  }
  next_read_ = 0;
  after(disk_.delay(), work_.writes() ? &SpoolHand::apply : &SpoolHand::load);
}

void SpoolHand::apply() {
  applied_ = disk_.apply(work_.transaction);
  if (stage_.is_told())
    stage_.tell("the spool ", *applied_ ? "commits: " : "CAN'T COMMIT: ", story_of(work_.transaction),
                *applied_ ? "; it uses " + std::to_string(disk_.store().used_bytes()) + " bytes"
                          : "; " + applied_->error().message);
  if (*applied_) note(work_.transaction);
  check_bytes();
  if (hooks_.dies()) return;
  after(disk_.delay() / 4, &SpoolHand::done);
}

void SpoolHand::note(const queue::Transaction& transaction) {
  for (const queue::Put& put : transaction.puts) puts_ += put.slice.records();
  for (const queue::Finish& finish : transaction.finishes)
    uncommitted_[std::string(finish.lane)] -= finish.records;
  for (const queue::Number& number : transaction.numbers)
    if (number.account == observe::Account::died_unstored) dying_ -= number.count;
  if (transaction.puts.empty()) return;
  if (plan_.spool.mode == queue::SpoolMode::overflow) stage_.hits.hit(Fault::spill);
}

void SpoolHand::done() {
  queue::SpoolCore::Outcome outcome;
  const Result<queue::Applied> applied = std::move(*applied_);
  applied_.reset();
  core_.done(std::move(work_), applied, disk_.store().used_bytes(), stage_.now(), outcome);
  work_ = {};
  tell(outcome);
  end_work();
}

void SpoolHand::load() {
  const queue::Rings::Wish& wish = work_.reads[next_read_];
  loaded_ = disk_.store().load(wish.rows, wish.bytes, rings_.pool());
  after(disk_.delay() / 4, &SpoolHand::read);
}

void SpoolHand::read() {
  const queue::Rings::Wish& wish = work_.reads[next_read_++];
  const Result<queue::Loaded> loaded = std::move(*loaded_);
  loaded_.reset();
  queue::SpoolCore::Outcome outcome;
  if (loaded) {
    if (!loaded->rows.empty()) stage_.hits.hit(Fault::backlog_read);
    if (stage_.is_told()) stage_.tell("the spool reads back for ", wish.rows.lane, ": ", story_of(*loaded));
    // What is damaged is booked as it is read.
    for (const queue::LoadedRow& row : loaded->rows)
      for (const queue::RecordRange& range : row.left)
        if (!row.segment) uncommitted_[std::string(wish.rows.lane)] += range.last - range.first;
  }
  core_.read(wish, loaded, stage_.now(), outcome);
  tell(outcome);
  if (next_read_ < work_.reads.size()) return load();
  end_work();
}

void SpoolHand::end_work() {
  busy_ = false;
  work_ = {};
  if (hooks_.dies()) return;
  tell_accounted();
  look();
}

void SpoolHand::tell(const queue::SpoolCore::Outcome& outcome) {
  for (const queue::LaneId lane : outcome.woken) hooks_.wake(lane);
  for (const queue::PutBackDone& done : outcome.put_back) hooks_.saved(done);
}

void SpoolHand::tell_accounted() {
  if (plan_.spool.mode != queue::SpoolMode::always) return;
  const std::uint64_t ticket = rings_.accounted();
  if (ticket == std::exchange(told_ticket_, ticket)) return;
  hooks_.accounted(ticket);
}

void SpoolHand::end_run() {
  ended_ = true;
  if (carried_) {
    core_.end();
    ledger_.attach(nullptr);
    rings_.attach(nullptr);
    disk_.end_run();
  }
  hooks_.ended();
}

}  // namespace pannier::simulation
