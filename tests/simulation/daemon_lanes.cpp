// What the daemon's lanes are told and what they want.
#include <algorithm>
#include <cstdlib>

#include "deliver/malti/verdict.h"
#include "deliver/otlp/verdict.h"
#include "simulation/daemon.h"

namespace pannier::simulation {

using observe::LaneId;
using std::chrono::milliseconds;

namespace {

std::vector<RecordId> records_of(const deliver::Batch& batch) {
  std::vector<RecordId> ids;
  for (const queue::Slice& slice : batch.slices)
    for (std::uint32_t i = slice.first; i < slice.last; ++i) {
      const std::string_view fragment = slice.segment->bytes(i, i + 1);
      ids.push_back(std::strtoull(fragment.data() + fragment.find("~s") + 2, nullptr, 10));
    }
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
  if (!dies()) check_lane(id);
  if (!stage_.runs_in_circles()) return;
  const deliver::LaneView view = lanes_[id].core->view();
  const queue::Pending pending = rings_.pending(id);
  stage_.tell("  lane " + std::to_string(id) + ", event " + std::to_string(event.index()) + ": " + view.why +
              ", parked " + std::to_string(view.parked + view.parked_stored) + ", in flight " +
              std::to_string(view.in_flight) + ", waiting " + std::to_string(pending.records) +
              ", read back " + std::to_string(pending.backlog));
}

void Daemon::carry_out(LaneId lane, const deliver::Command& command) {
  if (const auto* wanted = std::get_if<deliver::Send>(&command)) send(lane, wanted->batch);
  if (const auto* wanted = std::get_if<deliver::WakeMeAt>(&command)) set_timer(lane, wanted->time);
  if (const auto* wanted = std::get_if<deliver::SaveBatch>(&command)) spool_->put_back(wanted->batch);
  if (std::holds_alternative<deliver::ReadKey>(command))
    stage_.after(milliseconds(5), life_, [this, lane, changed = stage_.random.below(4) == 0] {
      if (changed) lanes_[lane].not_before = {};
      tell(lane, deliver::KeyRead{changed});
    });
  if (const auto* buried = std::get_if<deliver::Buried>(&command)) {
    if (buried->reason == Dead::max_age || buried->reason == Dead::max_attempts)
      stage_.hits.hit(Fault::impatient);
    stage_.tell("  lane " + std::to_string(lane) + ": " + std::to_string(buried->records) +
                " dead: " + buried->why);
  }
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
  ++lane.open;
  if (records.size() != content.records) stage_.complain("a batch does not hold what it says");
  if (stage_.now() < lane.not_before && !stopping_)
    stage_.complain("sent before the backend's wish was over");
  const Backend::Reply reply = backend_.answer(records, stage_.now());
  stage_.tell("  lane " + std::to_string(id) + ": batch " + std::to_string(batch) + " of " +
              std::to_string(records.size()) + " records (" + std::to_string(content.stored()) +
              " on disk) gets " +
              (reply.outcome.answer ? std::to_string(reply.outcome.answer->status) : "no answer"));
  stage_.after(reply.after, life_,
               [this, id, batch, count = content.records, reply] { answered(id, batch, count, reply); });
}

void Daemon::answered(LaneId id, deliver::BatchId batch, std::uint32_t records, const Backend::Reply& reply) {
  Lane& lane = lanes_[id];
  --lane.open;
  const deliver::Judgement judgement = judge(reply, records, lane.packs, stage_.system_now());
  if (judgement.verdict == deliver::Verdict::send_again) lane.packs = false;
  ++stage_.hits.verdicts[static_cast<std::size_t>(judgement.verdict)];
  // Whoever gets through has shown that the backend may be asked again.
  const bool alive = judgement.verdict == deliver::Verdict::delivered ||
                     judgement.verdict == deliver::Verdict::isolate ||
                     judgement.verdict == deliver::Verdict::too_large;
  if (alive) lane.not_before = {};
  if (reply.wish) lane.not_before = std::max(lane.not_before, stage_.now() + *reply.wish);
  tell(id, deliver::Answered{batch, judgement});
}

}  // namespace pannier::simulation
