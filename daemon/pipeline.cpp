#include "daemon/pipeline.h"

namespace pannier::daemon {

using observe::Account;
using observe::DestinationId;
using observe::LaneId;

namespace {

// Staging that one read has blown up is not kept.
constexpr std::size_t kept_staging = 1024 * 1024;

}  // namespace

Pipeline::Pipeline(queue::Rings& rings, observe::Ledger& ledger, LaneDirectory& lanes,
                   std::shared_ptr<const Routing> routing, std::function<SystemTime()> clock)
    : rings_(rings), ledger_(ledger), lanes_(lanes), routing_(std::move(routing)), clock_(std::move(clock)) {}

void Pipeline::set(std::shared_ptr<const Routing> routing) {
  const std::lock_guard lock(mutex_);
  next_routing_ = std::move(routing);
  has_next_routing_.store(true, std::memory_order_release);
}

void Pipeline::begin_read(observe::ListenerId listener) {
  if (has_next_routing_.load(std::memory_order_acquire)) {
    const std::lock_guard lock(mutex_);
    routing_ = std::move(next_routing_);
    has_next_routing_.store(false, std::memory_order_release);
  }
  listener_ = listener;
  arrival_ = clock_();
  arena_.reset();
}

void Pipeline::take(record::Record& record, const receive::Defaults& defaults, bool again) {
  routing_->steps.apply(record, {defaults.service, defaults.node}, arrival_, arena_, random_);
  record.resource = defaults.resource;
  for (const Routing::Destination& destination : routing_->destinations)
    route(destination, record, defaults, again);
}

void Pipeline::route(const Routing::Destination& destination, record::Record& record,
                     const receive::Defaults& defaults, bool again) {
  const std::string_view endpoint = record.endpoint;
  const std::string_view consumer = record.consumer;
  Decision decision = decide(destination, record, random_);
  std::optional<LaneId> lane;
  if (!decision.left_out) {
    const bool is_guest = defaults.malti_lane && destination.id == DestinationId::malti;
    lane = is_guest ? defaults.malti_lane : lane_for(destination, record.service);
    if (!lane) decision.left_out = LeftOut::too_many_services;
  }
  if (lane) take_into(*lane, destination, record, again);
  if (decision.left_out || decision.other_endpoint || decision.other_consumer)
    tell(decision, tallies_[static_cast<std::size_t>(destination.id)]);
  record.endpoint = endpoint;
  record.consumer = consumer;
}

void Pipeline::take_into(LaneId lane, const Routing::Destination& destination, const record::Record& record,
                         bool again) {
  // What Malti would fail on is Malti's trouble only.
  const bool is_doomed = record.is_doomed && destination.id == DestinationId::malti;
  Staging& staging = is_doomed ? doomed_staging_of(lane) : staging_of(lane);
  const std::uint32_t cut = destination.encoder->encode(record, staging.bytes);
  staging.format = is_doomed ? deliver::doomed_format : destination.encoder->format();
  staging.ends.push_back(static_cast<std::uint32_t>(staging.bytes.size()));
  if (again) ++staging.again;
  if (cut == 0) return;
  Tally& tally = tallies_[static_cast<std::size_t>(destination.id)];
  tally.texts_cut += cut;
  tally.any = true;
}

void Pipeline::tell(const Decision& decision, Tally& tally) {
  tally.any = true;
  if (decision.left_out) {
    ++tally.left_out[static_cast<std::size_t>(*decision.left_out)];
    return;
  }
  tally.cardinality[static_cast<std::size_t>(Guarded::endpoint)] += decision.other_endpoint ? 1 : 0;
  tally.cardinality[static_cast<std::size_t>(Guarded::consumer)] += decision.other_consumer ? 1 : 0;
}

std::optional<LaneId> Pipeline::lane_for(const Routing::Destination& destination, std::string_view service) {
  const std::string_view wanted = destination.lane_for_each_service ? service : std::string_view();
  const std::size_t count = known_.size();
  for (std::size_t i = 0; i < count; ++i) {
    // Neighbours are often of the same service, or take turns.
    const std::size_t at = last_known_ + i < count ? last_known_ + i : last_known_ + i - count;
    if (known_[at].destination != destination.id || known_[at].service != wanted) continue;
    last_known_ = at;
    return known_[at].lane;
  }
  const auto lane = lanes_.find_or_make(destination.id, wanted);
  if (lane) known_.push_back({destination.id, std::string(wanted), *lane});
  return lane;
}

Pipeline::Staging& Pipeline::staging_of(LaneId lane) {
  if (staging_.size() <= lane) staging_.resize(lane + 1U);
  Staging& staging = staging_[lane];
  staging.lane = lane;
  if (staging.ends.empty()) touched_.push_back(lane);
  return staging;
}

Pipeline::Staging& Pipeline::doomed_staging_of(LaneId lane) {
  for (Staging& staging : doomed_)
    if (staging.lane == lane) return staging;
  doomed_.emplace_back().lane = lane;
  return doomed_.back();
}

void Pipeline::book(Account account, std::size_t reason, std::size_t index, std::uint64_t count) {
  if (count == 0) return;
  movements_.push_back({account, number_of(reason), static_cast<std::uint16_t>(index), count});
}

void Pipeline::book_listener(const receive::ReadCounts& counts) {
  const auto index = static_cast<std::size_t>(listener_);
  book(Account::lines, 0, index, counts.lines);
  book(Account::accepted, 0, index, counts.accepted);
  book(Account::unknown_fields, 0, index, counts.unknown_fields);
  book(Account::client_dropped, 0, index, counts.client_dropped);
  if (counts.faults == 0) return;
  for (std::size_t i = 0; i < counts.rejected.size(); ++i)
    book(Account::rejected, i, index, counts.rejected[i]);
  for (std::size_t i = 0; i < counts.filtered.size(); ++i)
    book(Account::filtered, i, index, counts.filtered[i]);
}

void Pipeline::book_destinations() {
  for (std::size_t id = 0; id < tallies_.size(); ++id) {
    Tally& tally = tallies_[id];
    if (!tally.any) continue;
    for (std::size_t i = 0; i < tally.left_out.size(); ++i) book(Account::left_out, i, id, tally.left_out[i]);
    for (std::size_t i = 0; i < tally.cardinality.size(); ++i)
      book(Account::cardinality, i, id, tally.cardinality[i]);
    book(Account::texts_cut, 0, id, tally.texts_cut);
    tally = {};
  }
}

// They arrive nowhere as they were sent.
void Pipeline::count_changed(std::uint64_t texts) {
  for (const Routing::Destination& destination : routing_->destinations) {
    Tally& tally = tallies_[static_cast<std::size_t>(destination.id)];
    tally.texts_cut += static_cast<std::uint32_t>(texts);
    tally.any = true;
  }
}

void Pipeline::stage_lanes() {
  lanes_of_read_.clear();
  for (const LaneId lane : touched_) stage(staging_[lane]);
  for (const Staging& staging : doomed_) stage(staging);
}

void Pipeline::stage(const Staging& staging) {
  book(Account::lane_accepted, 0, staging.lane, staging.ends.size());
  book(Account::maybe_twice, 0, staging.lane, staging.again);
  staged_.push_back({staging.lane, staging.bytes.view(), staging.ends, staging.format});
  lanes_of_read_.push_back({staging.lane, staging.ends.size()});
}

receive::ReadEnd Pipeline::end_read(const receive::ReadCounts& counts) {
  book_listener(counts);
  if (counts.changed_texts != 0) count_changed(counts.changed_texts);
  book_destinations();
  stage_lanes();
  const queue::Pushed pushed = rings_.push(staged_, movements_, arrival_, woken_);
  for (const LaneId lane : woken_) lanes_.wake(lane);
  for (const receive::SenderLines& sender : counts.senders)
    ledger_.sender(listener_, sender.uid, sender.lines, sender.client_dropped);
  for (const auto& [reason, shape] : counts.rejected_last) ledger_.rejected_last(listener_, reason, shape);
  forget_read();
  return {pushed.pause, pushed.ticket};
}

void Pipeline::forget_read() {
  std::size_t capacity = 0;
  for (const LaneId lane : touched_) {
    Staging& staging = staging_[lane];
    staging.bytes.clear();
    staging.ends.clear();
    staging.again = 0;
    capacity += staging.bytes.capacity();
  }
  if (capacity > kept_staging) staging_.clear();
  touched_.clear();
  doomed_.clear();
  movements_.clear();
  staged_.clear();
  woken_.clear();
}

void Pipeline::in_doubt(std::span<const receive::LaneRecords> lanes) {
  std::vector<observe::Movement> movements;
  for (const receive::LaneRecords& each : lanes)
    movements.push_back({Account::maybe_twice, 0, each.lane, each.records});
  ledger_.apply(movements);
}

void Pipeline::limit_hit(observe::ListenerId listener, Limit limit) {
  const observe::Movement movement{Account::limit, static_cast<std::uint8_t>(limit),
                                   static_cast<std::uint16_t>(listener), 1};
  ledger_.apply({&movement, 1});
}

}  // namespace pannier::daemon
