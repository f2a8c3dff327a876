#include "queue/spool_worker.h"

#include <pthread.h>

#include <csignal>
#include <utility>

#include "base/text.h"
#include "observe/log.h"

namespace pannier::queue {
namespace {

constexpr auto expire_again = std::chrono::minutes(10);
constexpr auto facts_again = std::chrono::seconds(1);
// Free pages are given back when nothing was to be written for so long.
constexpr auto tidy_after = std::chrono::seconds(1);
// The files are looked at each second, but nobody wakes up for that alone more often.
constexpr auto idle_look = std::chrono::seconds(9);
// Ends of undurable records are looked for so often, while the disk fails and after.
constexpr auto ends_again = std::chrono::milliseconds(100);

}  // namespace

Spool::Worker::Worker(const SpoolOptions& options, std::size_t lanes, Rings& rings, observe::Ledger& ledger,
                      Hooks hooks)
    : options_(options),
      most_lanes_(lanes),
      rings_(rings),
      ledger_(ledger),
      hooks_(std::move(hooks)),
      core_(options, rings, hooks_.lane_of) {
  rings_.on_spool_work([this] {
    const When when = options_.mode == SpoolMode::always ? When::gathered : When::now;
    post([](Inbox& inbox) { inbox.told = true; }, when);
  });
}

Result<void> Spool::Worker::open(std::chrono::milliseconds longest) {
  std::promise<Result<void>> promise;
  std::future<Result<void>> opened = promise.get_future();
  sigset_t all{}, before{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([this, promise = std::move(promise)]() mutable { live(std::move(promise)); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (opened.wait_for(longest) == std::future_status::ready) return opened.get();
  // Until start() nobody is there whom it could wake.
  std::vector<LaneId> nobody;
  rings_.set_disk_works(false, nobody);
  Error late{ErrorCode::unavailable, options_.path + ": is still being opened"};
  const std::lock_guard lock(mutex_);
  is_late_ = true;
  if (!has_tried_) facts_.trouble = late.message;
  return late;
}

void Spool::Worker::start() {
  const std::lock_guard lock(mutex_);
  is_started_ = true;
  wake_.notify_one();
}

void Spool::Worker::live(std::promise<Result<void>> opened) {
  pthread_setname_np(pthread_self(), "spool");
  auto done = open_spool();
  {
    const std::lock_guard lock(mutex_);
    has_tried_ = true;
  }
  opened.set_value(std::move(done));
  if (wait_for_start()) {
    if (store_) use_disk();
    // The daemon said that it began without it.
    if (is_late_) told_trouble_ = options_.path;
    tell_trouble();
    run();
  } else if (options_.mode != SpoolMode::off) {
    end_run();
  }
  ended_.set_value();
}

// False: the daemon ends before it began, and none whom the hooks call is there.
bool Spool::Worker::wait_for_start() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return is_started_ || inbox_.stop; });
  return is_started_;
}

// Whatever its owner had to take it for meanwhile.
void Spool::Worker::use_disk() {
  std::vector<LaneId> woken;
  rings_.set_disk_works(true, woken);
  for (const LaneId lane : woken) hooks_.wake(lane);
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
    look_at_files();
    const bool is_any = work();
    answer_questions();
    if (is_any) continue;
    if (stopping_) return end_run();
    tidy();
    expire_letters();
    refresh_facts(false);
    wait(next_look());
  }
}

void Spool::Worker::Inbox::add(Letter letter) {
  const std::size_t bytes = letter.slice.bytes().size();
  if (letter_bytes + bytes > SpoolCore::most_waiting_letters) {
    unkept[{letter.lane, letter.reason, letter.slice.is_stored()}] += letter.slice.records();
    return;
  }
  letter_bytes += bytes;
  letters.push_back(std::move(letter));
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
  core_.buried(std::move(inbox.letters), now);
  for (const auto& [letter, records] : inbox.unkept) core_.unkept(letter, records, now);
  for (LetterOrder& order : inbox.orders) core_.order(std::move(order));
  if (!inbox.questions.empty()) core_.asked_for_letters(now);
  for (LetterQuestion& question : inbox.questions) questions_.push_back(std::move(question));
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
  look = std::min(look, std::max(now, expire_at_));
  look = std::min(look, std::max(now, look_at_) + idle_look);
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
    core_.give_up_orders(outcome);
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
    const auto applied = moved_ ? Result<Applied>(*moved_) : store_->apply(work.transaction);
    if (!applied) note_damage(applied.error());
    core_.done(std::move(work), applied, store_ ? store_->used_bytes() : 0, steady_now(), outcome);
  } else {
    for (const Rings::Wish& wish : work.reads) {
      if (!store_) break;
      const auto loaded = store_->load(wish.rows, wish.bytes, rings_.pool());
      core_.read(wish, loaded, steady_now(), outcome);
      if (!loaded) note_damage(loaded.error());
    }
  }
  worked_at_ = steady_now();
  is_tidy_ = false;
  tell(outcome);
  if (store_) tell_trouble();
  refresh_facts(false);
}

void Spool::Worker::tell(const SpoolCore::Outcome& outcome) {
  for (const LaneId lane : outcome.woken) hooks_.wake(lane);
  for (const PutBackDone& done : outcome.put_back) hooks_.saved(done);
  for (const LetterOrderDone& done : outcome.orders)
    if (done.token != 0) hooks_.ordered(done);
}

void Spool::Worker::tell_accounted() {
  if (options_.mode != SpoolMode::always) return;
  const std::uint64_t ticket = rings_.accounted();
  if (ticket == std::exchange(told_ticket_, ticket)) return;
  hooks_.accounted(ticket);
}

void Spool::Worker::answer_questions() {
  for (const LetterQuestion& question : std::exchange(questions_, {})) {
    SegmentPool* content = question.with_content ? &rings_.pool() : nullptr;
    auto page = store_ ? store_->letters(question.which, question.most, content)
                       : Error{ErrorCode::unavailable, facts().trouble};
    if (!page) note_damage(page.error());
    hooks_.answered(question.token, std::move(page));
  }
}

void Spool::Worker::expire_letters() {
  const SteadyTime now = steady_now();
  if (!store_ || now < expire_at_) return;
  expire_at_ = now + expire_again;
  LetterOrder order;
  order.which.died_before = system_now() - options_.letter_age;
  order.reason = Purge::age;
  core_.order(std::move(order));
}

void Spool::Worker::tell_trouble() {
  std::string trouble = this->trouble();
  if (trouble.empty() && told_trouble_.empty()) return;
  if (trouble.empty())
    observe::log(observe::LogLevel::info, "spool: " + options_.path + " works again");
  else
    observe::log_seldom(
        observe::LogLevel::error, "spool",
        "spool: " + text::shown(trouble, 400) + "; going on in memory, and trying again by itself");
  told_trouble_ = std::move(trouble);
}

std::string Spool::Worker::trouble() const {
  if (!store_) return facts().trouble;
  return moved_ ? moved_->message : core_.trouble();
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
  const std::string told = trouble();
  const std::lock_guard lock(mutex_);
  facts_.trouble = told;
  facts_.is_full = core_.is_full();
  facts_.used_bytes = used;
  facts_.oldest = oldest ? *oldest : std::nullopt;
}

}  // namespace pannier::queue
