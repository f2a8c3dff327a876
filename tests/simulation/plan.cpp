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

Plan make_plan(Random& random) {
  constexpr double calm = 0.05;
  Plan plan;
  plan.is_calm = random.uniform() < calm;
  if (!plan.is_calm) plan.faults = FaultSet::random(random);
  plan.memory = memory_of(plan.faults);
  plan.most_lanes = plan.faults.has(Fault::too_many_services) ? 3 : 8;
  plan.spool.mode = static_cast<queue::SpoolMode>(random.below(3));
  plan.spool.survives = static_cast<queue::Survives>(random.below(2));
  plan.spool.when_full = static_cast<queue::WhenFull>(random.below(2));
  // Beside dead letters, which may take a quarter, there is room for a segment.
  if (plan.faults.has(Fault::spool_full)) plan.spool.bytes = 300'000 + random.below(150'000);
  // Who is suspected is found beside others that pass, and a full disk that refuses lets no others come.
  if (plan.spool.mode == queue::SpoolMode::always && plan.spool.when_full == queue::WhenFull::refuse &&
      plan.faults.has(Fault::spool_full))
    plan.faults.remove(Fault::poison_server_error);
  return plan;
}

}  // namespace pannier::simulation
