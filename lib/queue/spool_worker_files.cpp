// How a run of the spool begins and ends: its file, its counter page, what they hold.
#include <utility>

#include "base/random.h"
#include "base/text.h"
#include "observe/log.h"
#include "queue/spool_worker.h"
#include "queue/sqlite_store.h"

namespace pannier::queue {
namespace {

constexpr auto open_again = std::chrono::seconds(10);
constexpr auto look_again = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<SqliteStore>> Spool::Worker::open_files(Carried& carried) {
  auto opened = open_or_rescue();
  if (!opened) return opened.error();
  std::unique_ptr<SqliteStore> store = std::move(*opened);
  if (options_.mode == SpoolMode::off) return store;
  auto file = observe::PageFile::open(options_.path + ".page", most_lanes_);
  if (!file) return file.error();
  const std::uint64_t run = random_seed() | 1U;
  boot_ = observe::boot_id();
  auto begun = store->begin_run(run, boot_, file->last());
  if (!begun && begun.error().code == ErrorCode::invalid) {
    store.reset();
    if (const auto done = rescue(begun.error()); !done) return done.error();
    auto again = SqliteStore::open(options_);
    if (!again) return again.error();
    store = std::move(*again);
    begun = store->begin_run(run, boot_, file->last());
  }
  if (!begun) return begun.error();
  page_file_.emplace(std::move(*file));
  auto page = page_file_->begin(run, boot_);
  if (!page) return page.error();
  page_ = std::move(*page);
  run_id_ = run;
  carried = std::move(*begun);
  return store;
}

Result<void> Spool::Worker::open_spool() {
  Carried carried;
  auto store = open_files(carried);
  if (!store) {
    open_at_ = steady_now() + open_again;
    return not_open(store.error());
  }
  store_ = std::move(*store);
  unreadable_since_.reset();
  is_rescued_ = false;
  ledger_.attach(page_.get());
  rings_.attach(page_.get());
  take_in(carried);
  salt_ = carried.salt;
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
  rings_.carry_in_letters(carried.letters);
  core_.told(steady_now());
}

void Spool::Worker::retry_open() {
  if (store_ || steady_now() < open_at_) return;
  const auto opened = page_ ? resume() : open_spool();
  if (!opened) return tell_trouble();
  use_disk();
}

// What is kept in memory only goes with it.
void Spool::Worker::purge_at_the_end() {
  LetterOrder all;
  all.reason = Purge::shutdown;
  core_.order(std::move(all));
  while (work()) {
  }
}

Error Spool::Worker::not_open(Error error) {
  const std::lock_guard lock(mutex_);
  facts_.trouble = error.message;
  return error;
}

// Neither SQLite nor a mapped page notices that its file was taken away.
void Spool::Worker::look_at_files() {
  const SteadyTime now = steady_now();
  if (now < look_at_ || options_.mode == SpoolMode::off) return;
  look_at_ = now + look_again;
  if (page_file_ && page_file_->is_moved()) bring_page_home();
  if (!store_) return;
  if (store_->is_moved()) return bring_home();
  if (std::exchange(moved_, std::nullopt)) core_.try_now();
}

void Spool::Worker::bring_home() {
  observe::log_seldom(observe::LogLevel::warn, "spool moved",
                      "spool: " + options_.path +
                          " was removed or replaced while it was open; it is made anew with what it held");
  letters_before_ = store_->letter_records();
  const auto home = SqliteStore::come_home(store_, options_);
  if (!store_) {
    open_at_ = SteadyTime{};
    return retry_open();
  }
  if (home && was_rescued_) (void)store_->go_on({run_id_, boot_}, salt_);
  if (home) {
    moved_.reset();
    core_.try_now();
  } else {
    moved_ = home.error();
    look_at_ = steady_now() + open_again;
  }
  tell_trouble();
  refresh_facts(true);
}

void Spool::Worker::bring_page_home() {
  const auto made = page_file_->make_again([this](const auto& work) { rings_.hold_still(work); });
  observe::log_seldom(observe::LogLevel::warn, "page moved",
                      "spool: " + options_.path + ".page was removed or replaced while it was open; " +
                          (made ? "it is made anew with what it held"
                                : "what a kill now loses would be unknown: " + made.error().message));
}

// The last chance of what the file that was taken away holds; it goes with the process.
void Spool::Worker::leave_moved() {
  const auto home = SqliteStore::come_home(store_, options_);
  if (home) return;
  // The log alone was gone, and all is in the file.
  if (!store_) return (void)resume();
  observe::log(observe::LogLevel::error, "spool: " + text::shown(home.error().message, 400) +
                                             "; what the file held that was taken away is lost");
  for (std::size_t i = 0; i < rings_.lanes(); ++i) rings_.left_on_disk(static_cast<LaneId>(i), 0);
  rings_.purged(Purge::corrupt, store_->letter_records());
}

// A disk that fails now must not hold up the end: what it could not take is accounted for as lost.
void Spool::Worker::end_run() {
  if (!store_) return;
  if (options_.mode == SpoolMode::off) return purge_at_the_end();
  if (store_->is_moved()) leave_moved();
  if (!store_) return;
  core_.end();
  ledger_.attach(nullptr);
  rings_.attach(nullptr);
  if (const auto ended = store_->end_run(page_->contents()); !ended)
    observe::log(observe::LogLevel::error, "spool: " + text::shown(ended.error().message, 400));
  store_.reset();
}

}  // namespace pannier::queue
