#include "simulation/plan.h"

namespace pannier::simulation {
namespace {

std::size_t memory_of(FaultSet faults) {
  // An eighth of the smallest one is a single segment: a blocked lane overflows soon.
  if (faults.has(Fault::overload)) return 600UL * 1024;
  if (faults.has(Fault::small_memory)) return 2048UL * 1024;
  return 64UL * 1024 * 1024;
}

}  // namespace

Plan make_plan(Tier tier, Random& random) {
  constexpr double calm = 0.05;
  Plan plan;
  plan.tier = tier;
  plan.is_calm = random.uniform() < calm;
  if (!plan.is_calm) plan.faults = FaultSet::random(random);
  plan.memory = memory_of(plan.faults);
  plan.most_lanes = plan.faults.has(Fault::too_many_services) ? 3 : 8;
  plan.spool.mode = static_cast<queue::SpoolMode>(random.below(tier == Tier::model ? 3 : 2));
  plan.spool.survives = static_cast<queue::Survives>(random.below(2));
  plan.spool.when_full = static_cast<queue::WhenFull>(random.below(2));
  // Beside dead letters, which may take a quarter, and the pages that an empty file of SQLite's takes there
  // is room for a segment.
  const std::uint64_t least = tier == Tier::model ? 300'000 : 800'000;
  if (plan.faults.has(Fault::spool_full)) plan.spool.bytes = least + random.below(least);
  // Who is suspected is found beside others that pass, and a full disk that refuses lets no others come.
  if (plan.spool.mode == queue::SpoolMode::always && plan.spool.when_full == queue::WhenFull::refuse &&
      plan.faults.has(Fault::spool_full))
    plan.faults.remove(Fault::poison_server_error);
  return plan;
}

}  // namespace pannier::simulation
