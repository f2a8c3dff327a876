#include "tests/receive/recording_intake.h"

#include <numeric>

namespace pannier::receive {

void RecordingIntake::begin_read(observe::ListenerId /*listener*/) {
  const std::lock_guard lock(mutex_);
  is_balanced_ = is_balanced_ && !is_inside_read_;
  is_inside_read_ = true;
}

void RecordingIntake::take(record::Record& record, const Defaults& defaults, bool again) {
  const std::lock_guard lock(mutex_);
  staged_.push_back({.endpoint = std::string(record.endpoint),
                     .default_service = std::string(defaults.service),
                     .default_node = std::string(defaults.node),
                     .again = again,
                     .resource = defaults.resource == nullptr ? record::Resource{} : *defaults.resource});
}

ReadEnd RecordingIntake::end_read(const ReadCounts& counts) {
  const std::lock_guard lock(mutex_);
  const auto rejected = std::accumulate(counts.rejected.begin(), counts.rejected.end(), std::uint64_t{0});
  const auto filtered = std::accumulate(counts.filtered.begin(), counts.filtered.end(), std::uint64_t{0});
  is_balanced_ = is_balanced_ && is_inside_read_ && counts.lines == counts.accepted + rejected + filtered &&
                 counts.faults == rejected + filtered && counts.accepted == staged_.size();
  is_inside_read_ = false;
  ++reads_;
  lines_ += counts.lines;
  accepted_ += counts.accepted;
  client_dropped_ += counts.client_dropped;
  for (std::size_t reason = 0; reason < rejected_.size(); ++reason)
    rejected_[reason] += counts.rejected[reason];
  for (const SenderLines& sender : counts.senders) lines_by_uid_[sender.uid] += sender.lines;
  records_.insert(records_.end(), staged_.begin(), staged_.end());
  lanes_of_read_ = {{0, staged_.size()}};
  staged_.clear();
  if (hands_out_tickets_) ++last_ticket_;
  return {.pause = ask_for_pauses_, .ticket = last_ticket_};
}

void RecordingIntake::in_doubt(std::span<const LaneRecords> lanes) {
  const std::lock_guard lock(mutex_);
  for (const LaneRecords& each : lanes) doubted_ += each.records;
}

std::uint64_t RecordingIntake::doubted() const {
  const std::lock_guard lock(mutex_);
  return doubted_;
}

void RecordingIntake::limit_hit(observe::ListenerId /*listener*/, Limit limit) {
  const std::lock_guard lock(mutex_);
  ++limits_[static_cast<std::size_t>(limit)];
}

void RecordingIntake::ask_for_pauses(bool ask) {
  const std::lock_guard lock(mutex_);
  ask_for_pauses_ = ask;
}

void RecordingIntake::hand_out_tickets() {
  const std::lock_guard lock(mutex_);
  hands_out_tickets_ = true;
}

std::uint64_t RecordingIntake::last_ticket() const {
  const std::lock_guard lock(mutex_);
  return last_ticket_;
}

std::vector<TakenRecord> RecordingIntake::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

std::vector<std::string> RecordingIntake::endpoints() const {
  std::vector<std::string> endpoints;
  for (const TakenRecord& record : records()) endpoints.push_back(record.endpoint);
  return endpoints;
}

std::uint64_t RecordingIntake::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::uint64_t RecordingIntake::accepted() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

std::uint64_t RecordingIntake::client_dropped() const {
  const std::lock_guard lock(mutex_);
  return client_dropped_;
}

std::uint64_t RecordingIntake::rejected(Reject reason) const {
  const std::lock_guard lock(mutex_);
  return rejected_[static_cast<std::size_t>(reason)];
}

std::uint64_t RecordingIntake::hits(Limit limit) const {
  const std::lock_guard lock(mutex_);
  return limits_[static_cast<std::size_t>(limit)];
}

std::uint64_t RecordingIntake::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

std::map<uid_t, std::uint64_t> RecordingIntake::lines_by_uid() const {
  const std::lock_guard lock(mutex_);
  return lines_by_uid_;
}

bool RecordingIntake::is_balanced() const {
  const std::lock_guard lock(mutex_);
  return is_balanced_;
}

}  // namespace pannier::receive
