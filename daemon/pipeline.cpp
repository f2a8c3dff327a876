#include "daemon/pipeline.h"

#include "deliver/local/encoder.h"
#include "deliver/malti/encode.h"
#include "deliver/otlp/encode.h"

namespace pannier::daemon {

using observe::Account;
using observe::DestinationId;
using observe::LaneId;

namespace {

// Staging that one read has blown up is not kept.
constexpr std::size_t kept_staging = 1024 * 1024;

}  // namespace

std::shared_ptr<const Routing> make_routing(const config::Settings& settings) {
  auto routing = std::make_shared<Routing>(Routing{process::Steps(settings.process), {}});
  if (settings.malti.enabled)
    routing->destinations.push_back(
        {DestinationId::malti, true,
         std::make_unique<deliver::malti::MaltiEncoder>(settings.malti.clean_mode)});
  if (settings.multiplayer.enabled)
    routing->destinations.push_back(
        {DestinationId::multiplayer, false,
         deliver::otlp::make_encoder(settings.multiplayer,
                                     {settings.resource.begin(), settings.resource.end()})});
  if (settings.local.enabled)
    routing->destinations.push_back(
        {DestinationId::local, false, std::make_unique<deliver::local::LocalEncoder>()});
  return routing;
}

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
  routing_->steps.apply(record, {defaults.service, defaults.node}, arrival_, arena_);
  record.resource = defaults.resource;
  for (const Routing::Destination& destination : routing_->destinations) route(destination, record, again);
}

void Pipeline::route(const Routing::Destination& destination, record::Record& record, bool again) {
  Tally& tally = tallies_[static_cast<std::size_t>(destination.id)];
  destination.encoder->prepare(record, random_);
  auto reason = destination.encoder->leaves_out(record);
  std::optional<LaneId> lane;
  if (!reason) {
    lane = lane_for(destination, record.service);
    if (!lane) reason = LeftOut::too_many_services;
  }
  if (reason) {
    ++tally.left_out[static_cast<std::size_t>(*reason)];
    tally.any = true;
    return;
  }
  Staging& staging = staging_of(*lane);
  const std::uint32_t cut = destination.encoder->encode(record, staging.bytes);
  staging.format = destination.encoder->format();
  staging.ends.push_back(static_cast<std::uint32_t>(staging.bytes.size()));
  if (again) ++staging.again;
  if (cut == 0) return;
  tally.texts_cut += cut;
  tally.any = true;
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
  if (staging.ends.empty()) touched_.push_back(lane);
  return staging;
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
    book(Account::texts_cut, 0, id, tally.texts_cut);
    tally = {};
  }
}

void Pipeline::stage_lanes() {
  for (const LaneId lane : touched_) {
    const Staging& staging = staging_[lane];
    book(Account::lane_accepted, 0, lane, staging.ends.size());
    book(Account::maybe_twice, 0, lane, staging.again);
    staged_.push_back({lane, staging.bytes.view(), staging.ends, staging.format});
  }
}

receive::ReadEnd Pipeline::end_read(const receive::ReadCounts& counts) {
  book_listener(counts);
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
  movements_.clear();
  staged_.clear();
  woken_.clear();
}

void Pipeline::limit_hit(observe::ListenerId listener, Limit limit) {
  const observe::Movement movement{Account::limit, static_cast<std::uint8_t>(limit),
                                   static_cast<std::uint16_t>(listener), 1};
  ledger_.apply({&movement, 1});
}

}  // namespace pannier::daemon
