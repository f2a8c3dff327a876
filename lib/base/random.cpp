#include "base/random.h"

#include <sys/random.h>

#include "base/clock.h"

namespace pannier {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed))
    seed = static_cast<std::uint64_t>(steady_now().time_since_epoch().count());
  return seed;
}

}  // namespace pannier
