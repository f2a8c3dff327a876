// What the daemon's lanes are told and what they want.
#include <algorithm>

#include "deliver/malti/verdict.h"
#include "deliver/otlp/verdict.h"
#include "simulation/daemon.h"
#include "simulation/record_ids.h"

namespace pannier::simulation {

using observe::LaneId;
using std::chrono::milliseconds;

namespace {

std::vector<RecordId> records_of(const deliver::Batch& batch) {
  std::vector<RecordId> ids;
  for (const queue::Slice& slice : batch.slices) add_records_of(slice, ids);
  return ids;
}

deliver::Judgement judge(const Backend::Reply& reply, std::uint32_t records, bool packs, SystemTime now) {
  if (!reply.is_otlp) return deliver::malti::judge(reply.outcome, records, now);
  return deliver::otlp::judge(reply.outcome, {records, deliver::otlp::Encoding::json, packs}, now);
}

}  // namespace

void Daemon::tell(LaneId id, const deliver::Event& event) {
  if (is_dead()) return;
  deliver::Output out;
  lanes_[id].core->on(event, stage_.now(), stage_.random, out);
  if (dies()) {
    is_torn_ = true;
    return;
  }
  ledger_.apply(out.books);
  if (dies()) {
    // What died in memory was not handed on.
    is_torn_ = is_torn_ || !out.letters.empty();
    return;
  }
  for (const queue::Letter& letter : out.letters)
    if (!spool_) rings_.buried(letter.slice.records());
  if (spool_) spool_->ended(out.rows, std::move(out.letters));
  for (const deliver::Command& command : out.commands) {
    if (dies()) return;
    ++stage_.hits.commands[command.index()];
    carry_out(id, command);
  }
  if (dies() || !stage_.runs_in_circles()) return;
  const deliver::LaneView view = lanes_[id].core->view();
  const queue::Pending pending = rings_.pending(id);
  stage_.tell(rings_.name_of(id), ", event ", event.index(), ": ", view.why, ", parked ",
              view.parked + view.parked_stored, ", in flight ", view.in_flight, ", waiting ", pending.records,
              ", read back ", pending.backlog);
}

void Daemon::carry_out(LaneId lane, const deliver::Command& command) {
  if (const auto* wanted = std::get_if<deliver::Send>(&command)) send(lane, wanted->batch);
  if (const auto* wanted = std::get_if<deliver::WakeMeAt>(&command)) set_timer(lane, wanted->time);
  if (const auto* wanted = std::get_if<deliver::SaveBatch>(&command)) spool_->put_back(wanted->batch);
  if (std::holds_alternative<deliver::ReadKey>(command)) read_key(lane);
  if (std::holds_alternative<deliver::Probe>(command)) probe(lane);
  if (std::holds_alternative<deliver::Closed>(command)) closed(lane);
  if (const auto* what = std::get_if<deliver::Buried>(&command)) buried(lane, *what);
}

void Daemon::read_key(LaneId id) {
  stage_.after(milliseconds(5), life_, [this, id, changed = stage_.random.below(4) == 0] {
    stage_.tell(rings_.name_of(id), " has read its key again: ", changed ? "another one" : "the same");
    if (changed) lanes_[id].watch.may_try_now();
    tell(id, deliver::KeyRead{changed});
  });
}

void Daemon::buried(LaneId id, const deliver::Buried& what) {
  if (what.reason == Dead::max_age || what.reason == Dead::max_attempts) stage_.hits.hit(Fault::impatient);
  if (what.reason == Dead::key_refused) stage_.hits.hit(Fault::key_given_up);
  if (what.reason == Dead::out_of_range) stage_.hits.hit(Fault::doomed);
  stage_.tell(rings_.name_of(id), ": ", counted(what.records, "record"),
              " dead and to be stored as letters, ", name(what.reason), ": ", what.why);
}

void Daemon::closed(LaneId id) {
  stage_.tell(rings_.name_of(id), " is closed: nobody takes its key");
  if (const std::string why = lanes_[id].watch.closes(stage_.now()); !why.empty())
    stage_.complain("malti/" + lanes_[id].service + ": " + why);
  const observe::Held held = books().lanes[id].held;
  if (held.memory + held.spool + held.in_flight != 0)
    stage_.complain("malti/" + lanes_[id].service + " is closed and holds " +
                    counted(held.memory + held.spool + held.in_flight, "record"));
}

void Daemon::probe(LaneId id) {
  Lane& lane = lanes_[id];
  const Backend::Reply reply = backend_.answer_probe(stage_.now());
  stage_.tell(rings_.name_of(id), " asks with an empty batch");
  if (const std::string why = lane.watch.probes(stage_.now(), stopping_); !why.empty())
    stage_.complain("malti/" + lane.service + ": " + why);
  stage_.after(reply.after, life_, [this, id, reply] {
    const deliver::Judgement judgement = deliver::malti::judge_probe(reply.outcome, stage_.system_now());
    lanes_[id].watch.answered_probe(judgement.verdict, reply.wish, stage_.now());
    stage_.tell(rings_.name_of(id),
                ": the empty batch is answered: ", judgement.why.empty() ? "well" : judgement.why);
    tell(id, deliver::Probed{judgement});
    if (!is_dead()) tell_state(id);
  });
}

void Daemon::set_timer(LaneId id, std::optional<SteadyTime> time) {
  lanes_[id].timer = time;
  if (!time) return;
  stage_.at(std::max(*time, stage_.now()), life_, [this, id, expected = *time] {
    if (lanes_[id].timer != expected) return;
    lanes_[id].timer.reset();
    tell(id, deliver::Woken{});
  });
}

void Daemon::send(LaneId id, deliver::BatchId batch) {
  Lane& lane = lanes_[id];
  const deliver::Batch& content = lane.core->batch(batch);
  const std::vector<RecordId> records = records_of(content);
  const Backend::Reply reply = backend_.answer(records, stage_.now());
  tell_request(id, content, records, reply);
  if (const std::string why = lane.watch.sends(stage_.now(), stopping_); !why.empty())
    stage_.complain("malti/" + lane.service + ": " + why);
  if (records.size() != content.records) stage_.complain("a batch does not hold what it says");
  check_request(lane, records);
  stage_.after(reply.after, life_,
               [this, id, batch, count = content.records, reply] { answered(id, batch, count, reply); });
}

void Daemon::answered(LaneId id, deliver::BatchId batch, std::uint32_t records, const Backend::Reply& reply) {
  Lane& lane = lanes_[id];
  const deliver::Judgement judgement = judge(reply, records, lane.packs, stage_.system_now());
  if (judgement.verdict == deliver::Verdict::send_again) lane.packs = false;
  ++stage_.hits.verdicts[static_cast<std::size_t>(judgement.verdict)];
  lane.watch.answered(judgement.verdict, reply.wish, stage_.now());
  tell_answer(id, batch, judgement, reply.wish);
  const observe::LaneBooks before = books().lanes[id];
  tell(id, deliver::Answered{batch, judgement});
  if (is_dead()) return;
  check_answer(id, judgement, before);
  tell_state(id);
}

// ---- for the judge

// A key belongs to one service.
void Daemon::check_request(const Lane& lane, const std::vector<RecordId>& records) const {
  const auto& meant = senders_.account().meant;
  for (const RecordId record : records) {
    const auto found = meant.find(record);
    if (found == meant.end())
      return stage_.complain("malti/" + lane.service +
                             " sends a record that nobody sent, or not for a backend");
    if (found->second.is_doomed)
      return stage_.complain("malti/" + lane.service + " sends record " + std::to_string(record) +
                             ", which is doomed");
    if (found->second.service != lane.service)
      return stage_.complain("malti/" + lane.service + " sends record " + std::to_string(record) +
                             ", which is malti/" + found->second.service + "'s");
  }
}

// Whatever a backend says, records stay, are delivered or become dead letters; dropped are those only that
// an OTLP backend did not take. Where the lane is blocked all stay.
void Daemon::check_answer(LaneId id, const deliver::Judgement& judgement,
                          const observe::LaneBooks& before) const {
  if (stop_) return;
  const observe::LaneBooks after = books().lanes[id];
  const std::uint64_t dropped = observe::sum(after.dropped) - observe::sum(before.dropped);
  const std::uint64_t dead = observe::sum(after.dead) - observe::sum(before.dead);
  if (dropped > judgement.not_taken)
    stage_.complain(after.name + " drops " + counted(dropped, "record") + " for an answer (" + judgement.why +
                    ")");
  const bool is_blocked =
      judgement.verdict == deliver::Verdict::blocked || judgement.verdict == deliver::Verdict::blocked_key;
  // A key that is given up at this moment takes them with it.
  if (is_blocked && dead != 0 && !lanes_[id].traits.refused_for_good)
    stage_.complain(after.name + " gives up " + counted(dead, "record") + " where it is blocked");
}

// ---- for the story

namespace {

std::string words_of(const Backend::Reply& reply) {
  std::string words = "no answer";
  if (reply.outcome.answer) words = "answer " + std::to_string(reply.outcome.answer->status);
  if (!reply.outcome.answer && !reply.outcome.handed_over) words = "connection refused";
  if (reply.wish)
    words += ", Retry-After " +
             std::to_string(std::chrono::round<std::chrono::seconds>(*reply.wish).count()) + " s";
  return words;
}

const char* meaning_of(deliver::Verdict verdict) {
  switch (verdict) {
    case deliver::Verdict::delivered: return "delivered";
    case deliver::Verdict::back_off: return "a failure: back-off";
    case deliver::Verdict::server_error: return "a failure, perhaps for a record's sake: back-off";
    case deliver::Verdict::isolate: return "a record in it is refused: isolation";
    case deliver::Verdict::too_large: return "too large: halved";
    case deliver::Verdict::blocked_key: return "key trouble: blocked, all is kept";
    case deliver::Verdict::blocked: return "address trouble: blocked, all is kept";
    case deliver::Verdict::send_again: return "the same again, not packed";
  }
  return "";
}

}  // namespace

void Daemon::tell_request(LaneId id, const deliver::Batch& batch, const std::vector<RecordId>& records,
                          const Backend::Reply& reply) const {
  if (!stage_.is_told()) return;
  stage_.tell(rings_.name_of(id), " sends batch ", batch.id, ": ", named(records), ", ", batch.stored(),
              " of them on disk, attempt ", batch.attempts + 1, batch.maybe_sent ? ", maybe sent before" : "",
              "; the backend stores ", reply.stored == 0 ? "none" : std::to_string(reply.stored), "; ",
              words_of(reply), " is on its way");
}

void Daemon::tell_answer(LaneId id, deliver::BatchId batch, const deliver::Judgement& judgement,
                         std::optional<Duration> wish) const {
  if (!stage_.is_told()) return;
  stage_.tell(
      rings_.name_of(id), ": the outcome of batch ", batch, " is here: ", meaning_of(judgement.verdict),
      judgement.why.empty() ? "" : " (", judgement.why, judgement.why.empty() ? "" : ")",
      judgement.outcome_unknown ? "; maybe stored all the same" : "",
      wish ? "; the backend wants to be left alone until " + Stage::at_second(stage_.now() + *wish) : "");
}

void Daemon::tell_state(LaneId id) const {
  if (!stage_.is_told()) return;
  const deliver::LaneView view = lanes_[id].core->view();
  if (view.state == deliver::LaneState::healthy) return;
  stage_.tell(rings_.name_of(id), " is ",
              view.state == deliver::LaneState::blocked ? "blocked" : "backing off", " until ",
              view.next_try ? Stage::at_second(*view.next_try) : "it gets a key", ", holds ",
              counted(view.parked + view.parked_stored, "record"), " to be sent again");
}

}  // namespace pannier::simulation
