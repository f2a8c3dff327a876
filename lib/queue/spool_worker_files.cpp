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

}  // namespace

Result<std::unique_ptr<Store>> Spool::Worker::open_files(Carried& carried) {
  auto opened = SqliteStore::open(options_);
  if (!opened) return opened.error();
  std::unique_ptr<Store> store = std::move(*opened);
  if (options_.mode == SpoolMode::off) return store;
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
  rings_.carry_in_letters(carried.letters);
  core_.told(steady_now());
}

void Spool::Worker::retry_open() {
  if (store_ || steady_now() < open_at_) return;
  if (const auto opened = open(); !opened) return tell_trouble();
  std::vector<LaneId> woken;
  rings_.set_disk_works(true, woken);
  for (const LaneId lane : woken) hooks_.wake(lane);
}

// What is kept in memory only goes with it.
void Spool::Worker::purge_at_the_end() {
  LetterOrder all;
  all.reason = Purge::shutdown;
  core_.order(std::move(all));
  while (work()) {
  }
}

// A disk that fails now must not hold up the end: what it could not take is accounted for as lost.
void Spool::Worker::end_run() {
  if (!store_) return;
  if (options_.mode == SpoolMode::off) return purge_at_the_end();
  core_.end();
  ledger_.attach(nullptr);
  rings_.attach(nullptr);
  if (const auto ended = store_->end_run(page_->contents()); !ended)
    observe::log(observe::LogLevel::error, "spool: " + text::shown(ended.error().message, 400));
  store_.reset();
}

}  // namespace pannier::queue
