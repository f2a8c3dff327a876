// Waiting for facts, never for times: the only place in the tests that sleeps.
// Threads: wherever the predicate may be called.
#pragma once
#include <chrono>
#include <thread>

namespace pannier::doubles {

using Deadline = std::chrono::milliseconds;

// True as soon as `fact` holds, false when it does not within `deadline`.
template <typename Fact>
[[nodiscard]] bool wait_until(Fact fact, Deadline deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!fact()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace pannier::doubles
