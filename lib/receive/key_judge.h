// The seam between Malti's HTTP listener and whoever knows which key may bring what. Implemented by
// daemon/key_desk.h. Threads: as the implementation says.
#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "observe/ids.h"

namespace pannier::receive {

struct KeyRuling {
  int status = 200;                     // 401, 403, 503: nothing of the body is taken
  std::string detail{};                 // then: in Malti's words
  std::chrono::seconds retry_after{0};  // with 503
  // Where these records go at Malti; none: the lane of their service.
  std::optional<observe::LaneId> lane = std::nullopt;
};

class KeyJudge {
 public:
  virtual ~KeyJudge() = default;
  // May whoever shows this key (empty: none) bring so many records of this service? Without a service: is the
  // key one that is heard at all?
  virtual KeyRuling judge(std::string_view key, std::string_view service, std::size_t records,
                          SteadyTime now) = 0;
};

}  // namespace pannier::receive
