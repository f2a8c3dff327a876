#include "daemon/lanes.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "deliver/local/transport.h"
#include "net/url.h"

namespace pannier::daemon {

using observe::DestinationId;
using observe::LaneId;

namespace {

// Of a lane whose destination is off: it is blocked, so nothing is ever sent.
class NoTransport : public deliver::Transport {
 public:
  void send(const deliver::Batch&, std::function<void(deliver::Judgement)>) override {}
  void read_key(std::function<void(bool)>) override {}
  void stop() override {}
};

// "malti/orders", as lane_name makes them.
std::pair<DestinationId, std::string> destination_of(const std::string& lane) {
  if (lane == "local") return {DestinationId::local, {}};
  if (lane.starts_with("multiplayer/")) return {DestinationId::multiplayer, {}};
  return {DestinationId::malti, lane.substr(lane.find('/') + 1)};
}

std::string lane_name(DestinationId destination, std::string_view service) {
  std::string lane(observe::name(destination));
  if (destination == DestinationId::malti) lane.append("/").append(service);
  if (destination == DestinationId::multiplayer) lane.append("/traces");
  return lane;
}

SecretSource key_of(const config::Settings& settings, DestinationId destination, std::string_view service) {
  if (destination == DestinationId::multiplayer) return settings.multiplayer.key;
  const auto found = settings.malti.keys.find(service);
  return found == settings.malti.keys.end() ? SecretSource{} : found->second;
}

net::HttpClientOptions client_options(const std::string& url, const deliver::LaneOptions& lane,
                                      const deliver::Way& way, const std::string& via,
                                      const deliver::RunBlocking& run_blocking) {
  net::HttpClientOptions options;
  options.url = net::parse_url(url).value();
  options.timeout = lane.timeout;
  options.via = via;
  deliver::set_way(options, way, run_blocking);
  return options;
}

}  // namespace

Lanes::Lanes(Parts parts, std::shared_ptr<const config::Settings> settings)
    : parts_(std::move(parts)), settings_(std::move(settings)), most_lanes_(settings_->receive.limits.lanes) {
  if (settings_->local.enabled) find_or_make(DestinationId::local, {});
  if (settings_->multiplayer.enabled) find_or_make(DestinationId::multiplayer, {});
  if (!settings_->malti.enabled) return;
  for (const auto& [service, key] : settings_->malti.keys) find_or_make(DestinationId::malti, service);
}

std::optional<LaneId> Lanes::find_or_make(DestinationId destination, std::string_view service) {
  std::string name = lane_name(destination, service);
  const std::lock_guard lock(mutex_);
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) return known->second;
  if (by_name_.size() >= most_lanes_) return std::nullopt;
  return make(destination, service, std::move(name));
}

LaneId Lanes::carried(const std::string& name) {
  const auto [destination, service] = destination_of(name);
  const std::lock_guard lock(mutex_);
  const auto known = by_name_.find(name);
  return known != by_name_.end() ? known->second : make(destination, service, name);
}

void Lanes::saved(queue::PutBackDone done) {
  boost::asio::post(parts_.deliver, [this, done = std::move(done)] {
    opened_[done.lane].shell->on(deliver::SavedBatch{done.batch, done.rows});
  });
}

// REQUIRES: mutex_ is held, so that nobody can wake the lane before T2 is told to open it.
LaneId Lanes::make(DestinationId destination, std::string_view service, std::string name) {
  const LaneId lane = parts_.ledger.add_lane(destination, name);
  parts_.rings.add_lane(lane, name);
  by_name_.emplace(name, lane);
  boost::asio::post(parts_.deliver, [this, lane, destination, owned = std::string(service),
                                     title = std::move(name)] { open(lane, destination, owned, title); });
  return lane;
}

void Lanes::wake(LaneId lane) {
  boost::asio::post(parts_.deliver, [this, lane] { opened_[lane].shell->on(deliver::Woken{}); });
}

deliver::LaneOptions Lanes::options_of(DestinationId destination) const {
  if (destination == DestinationId::malti) return settings_->malti.lane;
  if (destination == DestinationId::multiplayer) return settings_->multiplayer.lane;
  deliver::LaneOptions local;
  // A file on this host: what comes is to be seen in it within a second.
  local.batch.interval = std::chrono::seconds(1);
  return local;
}

bool Lanes::is_on(DestinationId destination) const {
  if (destination == DestinationId::malti) return settings_->malti.enabled;
  return destination == DestinationId::local ? settings_->local.enabled : settings_->multiplayer.enabled;
}

std::unique_ptr<deliver::Transport> Lanes::make_transport(Opened& lane) const {
  if (!is_on(lane.destination)) return std::make_unique<NoTransport>();
  SecretSource key = key_of(*settings_, lane.destination, lane.service);
  if (lane.destination == DestinationId::malti) {
    auto malti = std::make_unique<deliver::malti::MaltiTransport>(
        parts_.deliver,
        client_options(settings_->malti.url, settings_->malti.lane, settings_->malti.way, parts_.via,
                       parts_.run_blocking),
        std::move(key), parts_.run_blocking);
    lane.malti = malti.get();
    return malti;
  }
  if (lane.destination == DestinationId::multiplayer) {
    const deliver::otlp::Options& options = settings_->multiplayer;
    auto otlp = std::make_unique<deliver::otlp::OtlpTransport>(
        parts_.deliver,
        client_options(options.url, options.lane, options.way, parts_.via, parts_.run_blocking), options.gzip,
        std::move(key), parts_.run_blocking);
    lane.otlp = otlp.get();
    return otlp;
  }
  return std::make_unique<deliver::local::LocalTransport>(parts_.deliver, settings_->local);
}

void Lanes::open(LaneId lane, DestinationId destination, const std::string& service,
                 const std::string& name) {
  Opened opened;
  opened.destination = destination;
  opened.service = service;
  const bool needs_none = destination == DestinationId::local;
  const bool has_key =
      is_on(destination) && (needs_none || !key_of(*settings_, destination, service).secret.empty());
  auto transport = make_transport(opened);
  deliver::LaneCore core(lane, options_of(destination), parts_.rings, has_key, steady_now(), parts_.phase);
  opened.shell = std::make_unique<deliver::LaneShell>(parts_.deliver, name, std::move(core),
                                                      std::move(transport), parts_.ledger, parts_.spool);
  opened.shell->on_finished([this] { boost::asio::post(parts_.deliver, [this] { check_finished(); }); });
  if (opened_.size() <= lane) opened_.resize(lane + 1U);
  opened_[lane] = std::move(opened);
  if (stop_)
    opened_[lane].shell->on(*stop_);
  else
    opened_[lane].shell->on(deliver::Woken{});
}

void Lanes::apply(std::shared_ptr<const config::Settings> settings) {
  const auto before = std::exchange(settings_, std::move(settings));
  for (Opened& lane : opened_) apply_to(lane, *before);
  if (!settings_->malti.enabled) return;
  for (const auto& [service, key] : settings_->malti.keys) find_or_make(DestinationId::malti, service);
}

void Lanes::apply_to(Opened& lane, const config::Settings& before) {
  const deliver::otlp::Options& otlp = settings_->multiplayer;
  if (lane.malti != nullptr)
    lane.malti->set_client(client_options(settings_->malti.url, settings_->malti.lane, settings_->malti.way,
                                          parts_.via, parts_.run_blocking));
  if (lane.otlp != nullptr)
    lane.otlp->set_client(client_options(otlp.url, otlp.lane, otlp.way, parts_.via, parts_.run_blocking),
                          otlp.gzip);
  const SecretSource key = key_of(*settings_, lane.destination, lane.service);
  if (key != key_of(before, lane.destination, lane.service)) {
    if (lane.malti != nullptr) lane.malti->set_key(key);
    if (lane.otlp != nullptr) lane.otlp->set_key(key);
    lane.shell->on(deliver::KeyChanged{!key.secret.empty()});
  }
  lane.shell->on(deliver::Reconfigured{options_of(lane.destination)});
}

void Lanes::save() {
  for (Opened& lane : opened_) lane.shell->on(deliver::Save{});
}

void Lanes::stop(const deliver::Stop& stop, std::function<void()> finished) {
  stop_ = stop;
  finished_ = std::move(finished);
  for (Opened& lane : opened_) lane.shell->on(*stop_);
  boost::asio::post(parts_.deliver, [this] { check_finished(); });
}

void Lanes::check_finished() {
  const bool all = std::ranges::all_of(opened_, [](const Opened& lane) { return lane.shell->finished(); });
  if (!all || !finished_) return;
  std::exchange(finished_, nullptr)();
}

std::vector<deliver::LaneView> Lanes::views() const {
  std::vector<deliver::LaneView> views;
  views.reserve(opened_.size());
  for (const Opened& lane : opened_) views.push_back(lane.shell->view());
  return views;
}

}  // namespace pannier::daemon
