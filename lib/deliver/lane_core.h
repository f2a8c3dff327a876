// All policy of one lane: when to send what, what an answer means for it, when to try again, when to give up.
// Pure: takes events with their time, returns commands; LaneShell carries them out, the simulation too.
// It wires five parts with tests of their own: BatchPolicy, Backoff, Window, Parked, Refusal.
//
// Where the transport can ask without a batch, a lane that was blocked asks so first: nothing of what it
// holds is sent before such a probe, an empty batch, was answered well. Fragments of doomed_format are never
// sent: when their turn comes they are dead letters, without a request. Threads: T2 only. Owns the batches
// that were taken from the lane's ring, until they are finished.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/reasons.h"
#include "deliver/backoff.h"
#include "deliver/batch_policy.h"
#include "deliver/ending.h"
#include "deliver/options.h"
#include "deliver/parked.h"
#include "deliver/refusal.h"
#include "deliver/transport.h"
#include "deliver/window.h"
#include "observe/ledger.h"
#include "queue/rings.h"

namespace pannier::deliver {

// Events.
struct Woken {};  // records wait, or the timer fired
struct Answered {
  BatchId batch = 0;
  Judgement judgement;
};
struct Probed {
  Judgement judgement;  // delivered: key and address are good
};  // the answer to Probe
struct KeyRead {
  bool changed = false;
};  // the answer to ReadKey
struct KeyChanged {
  bool present = false;
};  // by start or reload
struct Reconfigured {
  LaneOptions options;
};
struct Stop {
  SteadyTime deadline;
  bool send = true;
  SteadyTime saved_by{};  // until then the spool may take what is in memory
};  // give all away until then, then leave the rest to the spool, or drop it
struct SavedBatch {
  BatchId batch = 0;
  std::vector<queue::StoredRow> rows;  // of its slices that were in memory; empty: it could not be done
};  // the answer to SaveBatch
struct Save {};  // the daemon is about to end: what was taken from memory goes to disk
using Event =
    std::variant<Woken, Answered, Probed, KeyRead, KeyChanged, Reconfigured, Stop, SavedBatch, Save>;

// Commands.
struct Send {
  BatchId batch = 0;
};  // LaneCore::batch(id) is valid until its answer
struct Probe {};  // asks the backend without a batch: Transport::probe
struct WakeMeAt {
  std::optional<SteadyTime> time;
};  // the one timer of the lane; replaces what was set
struct ReadKey {};
struct Buried {
  std::uint32_t records = 0;
  Dead reason{};
  std::string why;
};  // worth a log line: dead letters
struct NotTaken {
  std::uint32_t records = 0;  // dropped; 0: the backend only had something to say
  std::uint32_t of = 0;
  std::string note;
};  // worth a log line: a batch that was delivered in part
struct StateChanged {};  // worth a log line: see state()
struct Finished {};      // after Stop: nothing is held any more
struct Closed {};  // its key was refused for good and all that it held is dead: nobody needs the lane now
struct SaveBatch {
  queue::PutBack batch;
};  // the daemon ends: to disk with what is in memory, while it is sent
using Command =
    std::variant<Send, WakeMeAt, ReadKey, Buried, StateChanged, Finished, NotTaken, SaveBatch, Probe, Closed>;

struct Output {
  std::vector<observe::Movement> books;  // to be booked at once, before the commands
  std::vector<queue::RowEnd> rows;       // for the spool
  std::vector<queue::Letter> letters;    // for it, too, together with these; `died` is the shell's to fill in
  std::vector<Command> commands;
};

// What a lane is, for as long as it lives.
struct LaneTraits {
  bool can_probe = false;                         // as its transport says
  std::string missing_key = "no key";             // why it is blocked where it has none
  std::optional<Duration> refused_for_good = {};  // refused for so long, and never a success: see Refusal
};

enum class LaneState : std::uint8_t { healthy, backing_off, blocked };

struct LaneView {  // for status
  LaneState state = LaneState::healthy;
  std::string why;
  SteadyTime since;
  std::optional<SteadyTime> next_try;
  std::uint64_t parked = 0, parked_stored = 0;  // records in memory only, and on disk too
  std::uint64_t in_flight = 0, in_flight_stored = 0;
};

class LaneCore {
 public:
  // `phase`: this daemon's part of the interval. Without a key the lane is blocked until KeyChanged.
  LaneCore(observe::LaneId id, const LaneOptions& options, queue::Rings& rings, bool has_key, SteadyTime now,
           double phase, LaneTraits traits = {});

  void on(const Event& event, SteadyTime now, Random& random, Output& out);

  [[nodiscard]] const Batch& batch(BatchId id) const { return in_flight_.at(id).batch; }
  [[nodiscard]] LaneView view() const;
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  void handle(const Answered& event, Random& random);
  void handle(const Probed& event, Random& random);
  void handle(const KeyRead& event);
  void handle(const KeyChanged& event);
  void handle(const Reconfigured& event);
  void handle(const Stop& event);
  void handle(const SavedBatch& event, Random& random);
  void save_all();
  void save(const Attempt& attempt, bool is_open);
  void judge(Attempt attempt, const Judgement& judgement, Random& random);
  void delivered(const Attempt& attempt, const Judgement& judgement);
  void send_again(Attempt attempt);
  void refused(Attempt attempt, const Judgement& judgement, Dead reason);
  void refused_by_index(const Attempt& attempt, const Judgement& judgement);
  void server_error(Attempt attempt, const Judgement& judgement, Random& random);
  void park_after_failure(Attempt attempt, const Judgement& judgement, Random& random);
  void block(const Judgement& judgement, bool key);
  void not_before(Duration wait);
  void bury(const Batch& batch, Dead reason, std::string_view why);
  void write_letters(const Batch& dead, Dead reason, std::string_view why);
  [[nodiscard]] Endings endings() { return {id_, out_->books, out_->rows}; }
  void split(Attempt attempt, bool second_is_known_bad_with_first);

  void pump();
  void try_now();
  [[nodiscard]] bool must_probe() const { return traits_.can_probe && asks_first_; }
  [[nodiscard]] bool wants_probe() const;
  void probe();
  void look_at_refusal();
  void bury_refused();
  void bury_next();
  [[nodiscard]] std::uint32_t allowed() const;
  std::optional<Attempt> choose();
  std::optional<Attempt> settle(std::optional<Attempt> chosen);
  std::optional<Attempt> fresh();
  std::optional<Attempt> next_waiting();
  void take_fresh(const queue::Pending& pending, std::size_t room, std::vector<queue::Slice>& out);
  [[nodiscard]] std::size_t room_for_fresh() const;  // bytes
  void send(Attempt attempt);
  void arm();
  std::optional<SteadyTime> arm_failing(const queue::Pending& pending, queue::WakeAt& wake) const;
  void finish_if_empty();
  void give_up();

  void set_state(LaneState state, std::string why);
  [[nodiscard]] bool gives_up_in_drain() const;
  [[nodiscard]] bool is_saved() const;
  [[nodiscard]] bool waits_for_disk() const;
  void leave(Attempt attempt);
  void mark_doubtful();
  [[nodiscard]] Duration active_time() const;
  void book(observe::Account account, std::uint8_t reason, std::uint64_t count);
  [[nodiscard]] bool isolation_in_flight() const;

  observe::LaneId id_;
  LaneOptions options_;
  LaneTraits traits_;
  queue::Rings& rings_;
  BatchPolicy policy_;
  Backoff backoff_;
  Window window_;
  Parked parked_;
  Refusal refusal_;
  std::map<BatchId, Attempt> in_flight_;
  BatchId last_id_ = 0;
  SteadyTime last_pass_{};  // when the last batch that got through was sent

  LaneState state_ = LaneState::healthy;
  std::string why_;
  SteadyTime state_since_;
  bool key_trouble_ = false;  // blocked, and a new key would help
  bool has_key_ = true;
  bool asks_first_ = false;    // was blocked, and no probe was answered well since
  bool is_asked_for_ = false;  // a new key, or a person, wants a probe whether records wait or not
  bool is_probing_ = false;
  bool is_closing_ = false;     // its key was refused for good: what it holds is being buried
  SteadyTime next_try_{};       // while backing off or blocked
  SteadyTime failed_at_{};      // when the last failure was seen
  Duration blocked_before_{0};  // all time spent blocked so far
  std::optional<SteadyTime> blocked_since_;
  SteadyTime emptied_at_{};  // records that wait now can't have come before
  bool lingering_ = false;   // the ring was emptied a moment ago: the timer looks again, no wake-up needed

  bool backlog_was_last_ = false;  // backlog and fresh records take turns

  std::optional<Stop> stop_;
  bool ends_ = false;               // what is taken from memory goes to disk as well
  std::set<BatchId> saving_;        // their ends wait until it is known where their records are
  std::vector<Answered> deferred_;  // answers to these
  bool probed_in_drain_ = false;
  bool gave_up_ = false;  // what may have been sent is marked
  bool finished_ = false;

  SteadyTime now_{};       // of the event at hand
  Output* out_ = nullptr;  // of the event at hand
};

}  // namespace pannier::deliver
