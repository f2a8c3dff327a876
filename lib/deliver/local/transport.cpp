#include "deliver/local/transport.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "deliver/local/encode.h"
#include "deliver/local/store.h"
#include "deliver/post.h"

namespace pannier::deliver::local {
namespace {

Judgement disk_trouble(std::string_view words) {
  Judgement judgement;
  judgement.why = "disk (" + text::shown(words, 400) + ")";
  return judgement;
}

struct Job {
  std::vector<queue::Slice> slices;
  std::function<void(Judgement)> done;
};

}  // namespace

// Owned by the transport and by its thread: a disk that hangs must not hang the daemon's end.
class LocalTransport::Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(boost::asio::io_context& home, const Options& options) : home_(&home), options_(options) {}

  void start();
  bool push(Job& job);
  void stop();    // waits for the thread's end, for stop_limit at most
  void detach();  // from now on nothing is posted to `home`
  void post(std::function<void()> call);

 private:
  void run();
  bool is_stopping();
  std::optional<Job> wait_for_job();
  void carry_out(Job job);
  std::vector<std::uint32_t> decode_all(const Job& job);  // into rows_; returns the indexes that can't be
  Judgement write(const Job& job);
  Result<void> reopen();
  void retain();
  Judgement failed(const Error& error);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;           // guarded by mutex_
  bool is_stopping_ = false;       // guarded by mutex_
  boost::asio::io_context* home_;  // guarded by mutex_; null: detached
  std::promise<void> ended_;
  std::thread thread_;  // T2

  Options options_;  // from here on: T3
  std::optional<Store> store_;
  std::vector<Row> rows_;
  SteadyTime next_retention_{};
};

void LocalTransport::Worker::start() {
  // No signal of the process is this thread's; SIGXFSZ at a file limit becomes a plain write error.
  sigset_t all{}, before{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([self = shared_from_this()] {
    pthread_setname_np(pthread_self(), "pannier-local");
    self->run();
    self->ended_.set_value();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool LocalTransport::Worker::push(Job& job) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_ || jobs_.size() >= most_waiting) return false;
  jobs_.push_back(std::move(job));
  wake_.notify_one();
  return true;
}

void LocalTransport::Worker::stop() {
  std::deque<Job> waiting;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    waiting.swap(jobs_);
    wake_.notify_one();
  }
  for (Job& job : waiting) post([done = std::move(job.done)] { done(disk_trouble("the daemon ends")); });
  if (!thread_.joinable()) return;
  if (ended_.get_future().wait_for(stop_limit) == std::future_status::ready)
    thread_.join();
  else
    thread_.detach();
}

void LocalTransport::Worker::detach() {
  const std::lock_guard lock(mutex_);
  home_ = nullptr;
}

void LocalTransport::Worker::post(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  if (home_ == nullptr) return;
  post_to(*home_, [self = weak_from_this(), call = std::move(call)] {
    const auto worker = self.lock();
    if (worker && worker->home_ != nullptr) call();
  });
}

void LocalTransport::Worker::run() {
  // What is wrong with the file is told with the first batch.
  (void)reopen();
  while (!is_stopping()) {
    if (std::optional<Job> job = wait_for_job()) carry_out(std::move(*job));
    if (steady_now() >= next_retention_) retain();
  }
  store_.reset();
}

bool LocalTransport::Worker::is_stopping() {
  const std::lock_guard lock(mutex_);
  return is_stopping_;
}

// Nothing: it is time for retention, or to stop.
std::optional<Job> LocalTransport::Worker::wait_for_job() {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, next_retention_, [this] { return is_stopping_ || !jobs_.empty(); });
  if (is_stopping_ || jobs_.empty()) return std::nullopt;
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void LocalTransport::Worker::carry_out(Job job) {
  Judgement judgement = write(job);
  // The batch's memory is given back before anybody hears that it may go.
  job.slices.clear();
  post([done = std::move(job.done), judgement = std::move(judgement)] { done(judgement); });
}

Judgement LocalTransport::Worker::write(const Job& job) {
  Judgement judgement;
  judgement.indexes = decode_all(job);
  if (!judgement.indexes.empty()) {
    judgement.verdict = Verdict::isolate;
    judgement.why = "damaged in memory";
    return judgement;
  }
  if (store_ && store_->is_moved()) store_.reset();
  if (!store_)
    if (const auto opened = reopen(); !opened) return failed(opened.error());
  if (const auto done = store_->insert(rows_, system_now()); !done) return failed(done.error());
  if (store_->is_moved())
    return failed(
        {ErrorCode::io, options_.path + " was removed or replaced while it was open; a new one is made"});
  judgement.verdict = Verdict::delivered;
  return judgement;
}

std::vector<std::uint32_t> LocalTransport::Worker::decode_all(const Job& job) {
  std::vector<std::uint32_t> damaged;
  std::uint32_t index = 0;
  rows_.clear();
  for (const queue::Slice& slice : job.slices)
    for (std::uint32_t record = slice.first; record < slice.last; ++record, ++index) {
      if (const auto row = decode(slice.segment->bytes(record, record + 1)))
        rows_.push_back(*row);
      else
        damaged.push_back(index);
    }
  return damaged;
}

Result<void> LocalTransport::Worker::reopen() {
  auto opened = Store::open(options_);
  if (!opened) return opened.error();
  store_.emplace(std::move(*opened));
  return {};
}

Judgement LocalTransport::Worker::failed(const Error& error) {
  store_.reset();
  return disk_trouble(error.message);
}

// One small step; the next follows when no batch waits, until there is no more to do.
void LocalTransport::Worker::retain() {
  const bool is_open = store_ || reopen();
  Result<bool> more = false;
  if (is_open) more = store_->retain(system_now());
  if (!more) store_.reset();
  next_retention_ = steady_now() + (more && *more ? Duration::zero() : Duration(retention_pause));
}

LocalTransport::LocalTransport(boost::asio::io_context& home, const Options& options)
    : worker_(std::make_shared<Worker>(home, options)) {
  worker_->start();
}

LocalTransport::~LocalTransport() {
  worker_->stop();
  worker_->detach();
}

void LocalTransport::send(const Batch& batch, std::function<void(Judgement)> done) {
  Job job{batch.slices, std::move(done)};
  if (worker_->push(job)) return;
  worker_->post([done = std::move(job.done)] { done(disk_trouble("too many batches wait for it")); });
}

void LocalTransport::read_key(std::function<void(bool changed)> done) {
  worker_->post([done = std::move(done)] { done(false); });
}

void LocalTransport::stop() {
  worker_->stop();
}

}  // namespace pannier::deliver::local
