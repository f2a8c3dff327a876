// The two clocks. Cores never call these: they are handed times, so that a test can turn the clock by hand.
#pragma once
#include <chrono>

namespace pannier {

using SteadyTime = std::chrono::steady_clock::time_point;             // for waiting
using SystemTime = std::chrono::sys_time<std::chrono::microseconds>;  // for telling
using Duration = std::chrono::steady_clock::duration;

inline SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}
inline SystemTime system_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace pannier
