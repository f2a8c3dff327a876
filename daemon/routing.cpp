#include "daemon/routing.h"

#include <algorithm>

#include "deliver/local/encoder.h"
#include "deliver/malti/encode.h"
#include "deliver/otlp/encode.h"

namespace pannier::daemon {
namespace {

using observe::DestinationId;

std::shared_ptr<process::Cardinality> guard_before(const Routing* before, DestinationId id) {
  if (before == nullptr) return nullptr;
  const auto found = std::ranges::find(before->destinations, id, &Routing::Destination::id);
  return found == before->destinations.end() ? nullptr : found->guard;
}

std::shared_ptr<process::Cardinality> make_guard(const config::Settings& settings, const Routing* before,
                                                 DestinationId id) {
  process::CardinalityLimits limits = settings.process.cardinality;
  limits.services = static_cast<std::uint32_t>(settings.receive.limits.lanes);
  if (!limits.enabled) return nullptr;
  auto guard = guard_before(before, id);
  if (guard && guard->limits() == limits) return guard;
  return std::make_shared<process::Cardinality>(limits, random_seed());
}

}  // namespace

std::shared_ptr<const Routing> make_routing(const config::Settings& settings, const Routing* before) {
  auto routing = std::make_shared<Routing>(Routing{process::Steps(settings.process), {}});
  const auto drop = [&](process::Destination of) { return process::DropRules(settings.process.drop, of); };
  if (settings.malti.enabled)
    routing->destinations.push_back(
        {DestinationId::malti, true,
         std::make_unique<deliver::malti::MaltiEncoder>(settings.malti.clean_mode),
         drop(process::Destination::malti), make_guard(settings, before, DestinationId::malti)});
  if (settings.multiplayer.enabled)
    routing->destinations.push_back(
        {DestinationId::multiplayer,
         false,
         deliver::otlp::make_encoder(settings.multiplayer,
                                     {settings.resource.begin(), settings.resource.end()}),
         {},
         nullptr});
  if (settings.local.enabled)
    routing->destinations.push_back(
        {DestinationId::local, false, std::make_unique<deliver::local::LocalEncoder>(),
         drop(process::Destination::local), make_guard(settings, before, DestinationId::local)});
  return routing;
}

Decision decide(const Routing::Destination& destination, record::Record& record, Random& random) {
  destination.encoder->prepare(record, random);
  Decision decision{.left_out = destination.encoder->leaves_out(record)};
  if (decision.left_out) return decision;
  if (!destination.drop.empty()) decision.drop_rule = destination.drop.first_match(record);
  if (decision.drop_rule) {
    decision.left_out = LeftOut::rule;
  } else if (destination.guard) {
    const auto verdict = destination.guard->judge(record.service, record.endpoint, record.consumer);
    decision.other_endpoint = verdict.other_endpoint;
    decision.other_consumer = verdict.other_consumer;
    if (verdict.other_endpoint) record.endpoint = process::other;
    if (verdict.other_consumer) record.consumer = process::other;
  }
  return decision;
}

}  // namespace pannier::daemon
