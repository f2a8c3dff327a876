#include "daemon/lanes.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "daemon/lane_names.h"
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

// Guests bring theirs, whatever key their service has.
SecretSource key_of(const config::Settings& settings, const LaneName& lane) {
  if (lane.destination == DestinationId::multiplayer) return settings.multiplayer.key;
  const auto found = lane.is_guest() ? settings.malti.keys.end() : settings.malti.keys.find(lane.service);
  return found == settings.malti.keys.end() ? SecretSource{} : found->second;
}

// A guest's key that nobody has taken in an hour is a wrong one, and its sender knows.
deliver::LaneTraits traits_of(const LaneName& lane, const deliver::Transport& transport) {
  deliver::LaneTraits traits{.can_probe = transport.can_probe()};
  if (!lane.is_guest()) return traits;
  traits.missing_key = "key unknown";
  traits.refused_for_good = std::chrono::hours(1);
  return traits;
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
  if (by_name_.size() - guests_ >= most_lanes_) return std::nullopt;
  return make(std::move(name));
}

std::optional<LaneId> Lanes::guest(std::string_view service, std::string_view fingerprint,
                                   const Secret& key) {
  std::string name = guest_lane_name(service, fingerprint);
  const std::lock_guard lock(mutex_);
  const auto known = by_name_.find(name);
  if (known == by_name_.end() && guests_ >= most_guests) return std::nullopt;
  const LaneId lane = known != by_name_.end() ? known->second : make(std::move(name));
  boost::asio::post(parts_.deliver, [this, lane, key] { give_key(lane, key); });
  return lane;
}

// It is asked first whether it is a good one.
void Lanes::give_key(LaneId lane, const Secret& key) {
  Opened& opened = opened_[lane];
  if (opened.malti == nullptr) return;
  opened.is_closed = false;
  opened.malti->set_key({.secret = key});
  opened.shell->on(deliver::KeyChanged{true});
}

void Lanes::close(LaneId lane) {
  opened_[lane].is_closed = true;
  if (parts_.closed) parts_.closed(lane);
}

LaneId Lanes::carried(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto known = by_name_.find(name);
  return known != by_name_.end() ? known->second : make(name);
}

void Lanes::saved(queue::PutBackDone done) {
  boost::asio::post(parts_.deliver, [this, done = std::move(done)] {
    opened_[done.lane].shell->on(deliver::SavedBatch{done.batch, done.rows});
  });
}

// REQUIRES: mutex_ is held, so that nobody can wake the lane before T2 is told to open it.
LaneId Lanes::make(std::string name) {
  const LaneName parsed = parse_lane_name(name);
  const LaneId lane = parts_.ledger.add_lane(parsed.destination, name);
  guests_ += parsed.is_guest() ? 1 : 0;
  parts_.rings.add_lane(lane, name);
  by_name_.emplace(name, lane);
  boost::asio::post(parts_.deliver, [this, lane, title = std::move(name)] { open(lane, title); });
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
  if (!is_on(lane.name.destination)) return std::make_unique<NoTransport>();
  SecretSource key = key_of(*settings_, lane.name);
  if (lane.name.destination == DestinationId::malti) {
    auto malti = std::make_unique<deliver::malti::MaltiTransport>(
        parts_.deliver,
        client_options(settings_->malti.url, settings_->malti.lane, settings_->malti.way, parts_.via,
                       parts_.run_blocking),
        std::move(key), parts_.run_blocking);
    lane.malti = malti.get();
    return malti;
  }
  if (lane.name.destination == DestinationId::multiplayer) {
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

void Lanes::open(LaneId lane, const std::string& title) {
  Opened opened;
  opened.name = parse_lane_name(title);
  const DestinationId destination = opened.name.destination;
  const bool needs_none = destination == DestinationId::local;
  const bool has_key = is_on(destination) && (needs_none || !key_of(*settings_, opened.name).secret.empty());
  auto transport = make_transport(opened);
  deliver::LaneCore core(lane, options_of(destination), parts_.rings, has_key, steady_now(), parts_.phase,
                         traits_of(opened.name, *transport));
  opened.shell = std::make_unique<deliver::LaneShell>(parts_.deliver, title, std::move(core),
                                                      std::move(transport), parts_.ledger, parts_.spool);
  opened.shell->on_finished([this] { boost::asio::post(parts_.deliver, [this] { check_finished(); }); });
  opened.shell->on_closed([this, lane] { close(lane); });
  if (opened.malti != nullptr && opened.name.is_guest() && parts_.key_news)
    opened.malti->on_key_news(
        [this, lane](const deliver::malti::KeyNews& news) { parts_.key_news(lane, news); });
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
  const SecretSource key = key_of(*settings_, lane.name);
  if (key != key_of(before, lane.name)) {
    if (lane.malti != nullptr) lane.malti->set_key(key);
    if (lane.otlp != nullptr) lane.otlp->set_key(key);
    lane.shell->on(deliver::KeyChanged{!key.secret.empty()});
  }
  lane.shell->on(deliver::Reconfigured{options_of(lane.name.destination)});
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
  for (const Opened& lane : opened_) {
    views.push_back(lane.shell->view());
    // Nobody needs to do anything about it.
    if (lane.is_closed) views.back().state = deliver::LaneState::healthy;
    if (lane.is_closed) views.back().why.clear();
  }
  return views;
}

}  // namespace pannier::daemon
