#include "queue/spool.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "base/random.h"
#include "base/text.h"
#include "observe/log.h"
#include "observe/page_file.h"
#include "queue/sqlite_store.h"

namespace pannier::queue {
namespace {

constexpr auto open_again = std::chrono::seconds(10);
constexpr auto facts_again = std::chrono::seconds(1);
// Free pages are given back when nothing was to be written for so long.
constexpr auto tidy_after = std::chrono::seconds(1);
// Ends of undurable records are looked for so often, while the disk fails and after.
constexpr auto ends_again = std::chrono::milliseconds(100);

}  // namespace

class Spool::Worker {
 public:
  Worker(const SpoolOptions& options, std::size_t lanes, Rings& rings, observe::Ledger& ledger, Hooks hooks)
      : options_(options),
        most_lanes_(lanes),
        rings_(rings),
        ledger_(ledger),
        hooks_(std::move(hooks)),
        core_(options, rings) {
    rings_.on_spool_work([this] {
      const When when = options_.mode == SpoolMode::always ? When::gathered : When::now;
      post([](Inbox& inbox) { inbox.told = true; }, when);
    });
  }

  struct Inbox {
    std::vector<RowEnd> ends;
    std::vector<PutBack> batches;
    bool told = false, flush = false, stop = false;
    bool is_urgent = false;  // of a kind that does not wait to be gathered with others
    [[nodiscard]] bool empty() const { return ends.empty() && batches.empty() && !told && !flush && !stop; }
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

  Result<void> open();
  void start();
  bool stop(std::chrono::milliseconds longest);
  void join();
  [[nodiscard]] SpoolFacts facts() const {
    const std::lock_guard lock(mutex_);
    return facts_;
  }
  [[nodiscard]] const SpoolOptions& options() const { return options_; }

 private:
  Result<std::unique_ptr<Store>> open_files(Carried& carried);
  void take_in(const Carried& carried);
  void run();
  void wait(SteadyTime until);
  void take_inbox();
  bool work();
  void carry_out(SpoolCore::Work work);
  void tell(const SpoolCore::Outcome& outcome);
  void tell_accounted();
  void retry_open();
  void tidy();
  void tell_trouble();
  void refresh_facts(bool at_once);
  [[nodiscard]] SteadyTime next_look() const;
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
  std::promise<void> ended_;
  std::thread thread_;

  SpoolCore core_;  // from here on: T3, before start() its owner's
  std::unique_ptr<Store> store_;
  std::optional<observe::PageFile> page_file_;
  std::unique_ptr<observe::CounterPage> page_;
  SteadyTime open_at_{}, facts_at_{}, worked_at_{};
  std::uint64_t told_ticket_ = 0;
  std::string told_trouble_;
  bool is_tidy_ = false, stopping_ = false;
};

// ---- the files

Result<std::unique_ptr<Store>> Spool::Worker::open_files(Carried& carried) {
  auto opened = SqliteStore::open(options_);
  if (!opened) return opened.error();
  std::unique_ptr<Store> store = std::move(*opened);
  auto file = observe::PageFile::open(options_.path + ".page", most_lanes_);
  if (!file) return file.error();
  const std::uint64_t run = random_seed() | 1U;
  const std::string boot = observe::boot_id();
  auto begun = store->begin_run(run, boot, file->last());
  if (!begun) return begun.error();
  page_file_.emplace(std::move(*file));
  auto page = page_file_->begin(run, boot);
  if (!page) return page.error();
  page_ = std::move(*page);
  carried = std::move(*begun);
  return store;
}

Result<void> Spool::Worker::open() {
  Carried carried;
  auto store = open_files(carried);
  if (!store) {
    open_at_ = steady_now() + open_again;
    const std::lock_guard lock(mutex_);
    facts_.trouble = store.error().message;
    return store.error();
  }
  store_ = std::move(*store);
  ledger_.attach(page_.get());
  rings_.attach(page_.get());
  take_in(carried);
  const std::lock_guard lock(mutex_);
  facts_.trouble.clear();
  facts_.carried = std::make_shared<const Carried>(std::move(carried));
  return {};
}

void Spool::Worker::take_in(const Carried& carried) {
  core_.begin(carried.last_row, store_->used_bytes());
  for (const CarriedLane& lane : carried.lanes) {
    const LaneId id = hooks_.lane_of(lane.name);
    core_.carried(id, lane.bytes);
    rings_.carry_in(id, lane.records);
  }
  core_.told(steady_now());
}

void Spool::Worker::retry_open() {
  if (store_ || steady_now() < open_at_) return;
  if (const auto opened = open(); !opened) return tell_trouble();
  std::vector<LaneId> woken;
  rings_.set_disk_works(true, woken);
  for (const LaneId lane : woken) hooks_.wake(lane);
}

// ---- the thread

void Spool::Worker::start() {
  sigset_t all{}, before{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "spool");
    run();
    ended_.set_value();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool Spool::Worker::stop(std::chrono::milliseconds longest) {
  if (!thread_.joinable()) return true;
  post([](Inbox& inbox) { inbox.stop = true; });
  if (ended_.get_future().wait_for(longest) != std::future_status::ready) return false;
  thread_.join();
  return true;
}

void Spool::Worker::join() {
  if (!thread_.joinable()) return;
  post([](Inbox& inbox) { inbox.stop = true; });
  thread_.join();
}

void Spool::Worker::run() {
  refresh_facts(true);
  for (;;) {
    take_inbox();
    retry_open();
    if (work()) continue;
    if (stopping_) return end_run();
    tidy();
    refresh_facts(false);
    wait(next_look());
  }
}

void Spool::Worker::take_inbox() {
  Inbox inbox;
  {
    const std::lock_guard lock(mutex_);
    inbox = std::exchange(inbox_, {});
  }
  const SteadyTime now = steady_now();
  if (inbox.told) core_.told(now);
  for (const RowEnd& end : inbox.ends) core_.ended(end, now);
  for (PutBack& batch : inbox.batches) core_.put_back(std::move(batch));
  if (inbox.flush || inbox.stop) core_.flush();
  stopping_ = stopping_ || inbox.stop;
}

SteadyTime Spool::Worker::next_look() const {
  const SteadyTime now = steady_now();
  SteadyTime look = now + std::chrono::hours(1);
  if (!store_) return std::min(look, options_.mode == SpoolMode::always ? now + ends_again : open_at_);
  if (const auto wanted = core_.wake_at()) look = std::min(look, *wanted);
  // What came meanwhile woke nobody.
  if (now < worked_at_ + SpoolCore::gather) look = std::min(look, worked_at_ + SpoolCore::gather);
  const bool ends_come = !core_.trouble().empty() || rings_.awaits_ends();
  if (ends_come && options_.mode == SpoolMode::always) look = std::min(look, now + ends_again);
  if (!is_tidy_) look = std::min(look, worked_at_ + tidy_after);
  if (facts_at_ > now) look = std::min(look, facts_at_);
  return look;
}

void Spool::Worker::wait(SteadyTime until) {
  std::unique_lock lock(mutex_);
  // What came since it was looked at told nobody.
  if (!inbox_.empty()) until = std::min(until, steady_now() + SpoolCore::gather);
  sleeps_until_ = until;
  wake_.wait_until(lock, until, [this] { return inbox_.is_urgent; });
  sleeps_until_ = {};
}

// One piece of work. False: there is none now.
bool Spool::Worker::work() {
  if (!store_) {
    // Nothing can be kept back for a disk that is not there.
    std::vector<LaneId> woken;
    rings_.set_disk_works(false, woken);
    for (const LaneId lane : woken) hooks_.wake(lane);
    SpoolCore::Outcome outcome;
    core_.give_up_batches(outcome);
    tell(outcome);
    tell_accounted();
    return false;
  }
  SpoolCore::Work work = core_.next(steady_now());
  const bool is_any = !work.empty();
  if (is_any) carry_out(std::move(work));
  tell_accounted();
  return is_any;
}

void Spool::Worker::carry_out(SpoolCore::Work work) {
  SpoolCore::Outcome outcome;
  if (work.writes()) {
    const auto applied = store_->apply(work.transaction);
    core_.done(std::move(work), applied, store_->used_bytes(), steady_now(), outcome);
  } else {
    for (const Rings::Wish& wish : work.reads)
      core_.read(wish, store_->load(wish.rows, wish.bytes, rings_.pool()), steady_now(), outcome);
  }
  worked_at_ = steady_now();
  is_tidy_ = false;
  tell(outcome);
  tell_trouble();
  refresh_facts(false);
}

void Spool::Worker::tell(const SpoolCore::Outcome& outcome) {
  for (const LaneId lane : outcome.woken) hooks_.wake(lane);
  for (const PutBackDone& done : outcome.put_back) hooks_.saved(done);
}

void Spool::Worker::tell_accounted() {
  if (options_.mode != SpoolMode::always) return;
  const std::uint64_t ticket = rings_.accounted();
  if (ticket == std::exchange(told_ticket_, ticket)) return;
  hooks_.accounted(ticket);
}

void Spool::Worker::tell_trouble() {
  std::string trouble = store_ ? core_.trouble() : facts().trouble;
  if (trouble == told_trouble_) return;
  if (trouble.empty())
    observe::log(observe::LogLevel::info, "spool: " + options_.path + " works again");
  else
    observe::log_seldom(observe::LogLevel::error, "spool",
                        "spool: " + text::shown(trouble, 400) +
                            "; going on in memory, and trying again: free the disk or mend its rights");
  told_trouble_ = std::move(trouble);
}

void Spool::Worker::tidy() {
  if (!store_ || is_tidy_ || steady_now() < worked_at_ + tidy_after) return;
  const auto more = store_->tidy();
  is_tidy_ = !more || !*more;
  if (!is_tidy_) worked_at_ = steady_now() - tidy_after;
}

void Spool::Worker::refresh_facts(bool at_once) {
  const SteadyTime now = steady_now();
  if (!store_ || (!at_once && now < facts_at_)) return;
  const bool is_quiet = core_.is_idle();
  facts_at_ = is_quiet ? SteadyTime{} : now + facts_again;
  const auto oldest = store_->oldest_arrival();
  const std::uint64_t used = store_->used_bytes();
  const std::lock_guard lock(mutex_);
  facts_.trouble = core_.trouble();
  facts_.is_full = core_.is_full();
  facts_.used_bytes = used;
  facts_.oldest = oldest ? *oldest : std::nullopt;
}

// A disk that fails now must not hold up the end: what it could not take is accounted for as lost.
void Spool::Worker::end_run() {
  if (!store_) return;
  core_.end();
  ledger_.attach(nullptr);
  rings_.attach(nullptr);
  if (const auto ended = store_->end_run(page_->contents()); !ended)
    observe::log(observe::LogLevel::error, "spool: " + text::shown(ended.error().message, 400));
  store_.reset();
}

// ---- the outside

Spool::Spool(const SpoolOptions& options, std::size_t lanes, Rings& rings, observe::Ledger& ledger,
             Hooks hooks)
    : worker_(std::make_unique<Worker>(options, lanes, rings, ledger, std::move(hooks))) {}
Spool::~Spool() {
  worker_->join();
}
Result<void> Spool::open() {
  return worker_->open();
}
void Spool::start() {
  worker_->start();
}
bool Spool::stop(std::chrono::milliseconds longest) {
  return worker_->stop(longest);
}
void Spool::ended(std::span<const RowEnd> ends) {
  if (ends.empty()) return;
  worker_->post(
      [ends](Worker::Inbox& inbox) { inbox.ends.insert(inbox.ends.end(), ends.begin(), ends.end()); },
      Worker::When::gathered);
}
void Spool::put_back(PutBack batch) {
  worker_->post([&batch](Worker::Inbox& inbox) { inbox.batches.push_back(std::move(batch)); });
}
void Spool::flush() {
  worker_->post([](Worker::Inbox& inbox) { inbox.flush = true; });
}
SpoolFacts Spool::facts() const {
  return worker_->facts();
}
const SpoolOptions& Spool::options() const {
  return worker_->options();
}

}  // namespace pannier::queue
