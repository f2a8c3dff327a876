// Settings that every destination has. Filled by config, read by lane cores and shells.
#pragma once
#include <chrono>
#include <cstdint>

namespace pannier::deliver {

struct BatchOptions {
  std::uint32_t records = 500;
  std::size_t bytes = 1024 * 1024;
  std::chrono::milliseconds interval{30'000};
  double high_mark = 0.9;  // part of what the lane may hold
};

struct RetryOptions {
  std::chrono::milliseconds base{1000};
  std::chrono::milliseconds cap{30'000};
  std::chrono::seconds max_age{7 * 86400};  // not running while blocked
  std::uint32_t max_attempts = 0;           // 0: none
};

struct LaneOptions {
  BatchOptions batch;
  RetryOptions retry;
  std::uint32_t connections = 2;
  std::chrono::milliseconds timeout{15'000};
};

}  // namespace pannier::deliver
