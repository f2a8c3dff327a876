// A damaged file: set aside, what can be read of it carried over, and the run goes on.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "observe/log.h"
#include "queue/spool_rescue.h"
#include "queue/spool_worker.h"

namespace pannier::queue {
namespace {

constexpr auto rescue_again = std::chrono::seconds(10);
// A disk that can't be read may come back; what only some of its sectors have lost does not.
constexpr auto longest_unreadable = std::chrono::minutes(1);

// What a person should do is done here.
std::string without_cure(const std::string& message) {
  return message.substr(0, message.find("; move the file away"));
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> Spool::Worker::open_or_rescue() {
  finish_rescue(options_);
  auto opened = SqliteStore::open(options_);
  if (opened || opened.error().code != ErrorCode::invalid) return opened;
  if (const auto done = rescue(opened.error()); !done) return done.error();
  return SqliteStore::open(options_);
}

// Where it was the disk, and is no more, the file may be well and is left as it is.
Result<void> Spool::Worker::rescue(const Error& why) {
  const auto readable = read_through(options_);
  if (readable && std::exchange(unreadable_since_, std::nullopt)) return {};
  if (!readable) {
    if (!unreadable_since_) unreadable_since_ = steady_now();
    if (steady_now() - *unreadable_since_ < longest_unreadable) return readable.error();
  }
  const auto rescued = rescue_spool(options_);
  if (!rescued) {
    Error error = rescued.error();
    error.message = why.message + "; it can't be set aside: " + error.message;
    return error;
  }
  unreadable_since_.reset();
  is_rescued_ = true;
  const std::string lost = rescued->is_known
                               ? std::to_string(rescued->lost) + " are lost and counted as dropped(corrupt)"
                               : "what else it held can't be known";
  observe::log(observe::LogLevel::error,
               "spool: " + text::shown(without_cure(why.message), 400) + "; what could be read of it, " +
                   std::to_string(rescued->records) + " records, is in a new file, " + lost +
                   "; the damaged file is now " + rescued->aside);
  return {};
}

// Of what the daemon's own memory and its disk hold the file can't be trusted any more.
void Spool::Worker::note_damage(const Error& error) {
  if (error.code != ErrorCode::invalid || !store_ || moved_) return;
  letters_before_ = store_->letter_records();
  store_.reset();
  open_at_ = SteadyTime{};
  damage_ = Error{error.code, without_cure(error.message)};
  (void)not_open(*damage_);
}

// The run goes on in the file where it was begun, or in what was rescued of it.
Result<void> Spool::Worker::resume() {
  open_at_ = steady_now() + rescue_again;
  if (damage_) {
    const auto done = rescue(*damage_);
    if (!done) return not_open(done.error());
    damage_.reset();
  }
  auto opened = open_or_rescue();
  if (!opened) return not_open(opened.error());
  SqliteStore& store = **opened;
  const auto begun = store.begun_run();
  if (!begun) return not_open(begun.error());
  if (*begun != run_id_ && *begun > 1)
    return not_open({ErrorCode::in_use, options_.path + ": not the spool that was open here; move it away"});
  is_rescued_ = is_rescued_ || *begun != run_id_;
  was_rescued_ = was_rescued_ || is_rescued_;
  if (was_rescued_)
    if (const auto done = store.go_on({run_id_, boot_}, salt_); !done) return not_open(done.error());
  store_ = std::move(*opened);
  unreadable_since_.reset();
  {
    const std::lock_guard lock(mutex_);
    facts_.trouble.clear();
  }
  if (std::exchange(is_rescued_, false)) tell_lost();
  core_.try_now();
  return {};
}

// What the disk alone held and holds no more.
void Spool::Worker::tell_lost() {
  for (std::size_t i = 0; i < rings_.lanes(); ++i) {
    const auto lane = static_cast<LaneId>(i);
    const auto left = store_->records_left(rings_.rows_on_disk_only(lane, core_.next_row()));
    if (left) rings_.left_on_disk(lane, *left);
    core_.left_on_disk(lane, store_->lane_bytes(rings_.name_of(lane)));
  }
  const std::uint64_t letters = store_->letter_records();
  rings_.purged(Purge::corrupt, letters_before_ - std::min(letters_before_, letters));
}

}  // namespace pannier::queue
