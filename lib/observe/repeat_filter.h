// Decides whether a log message is written or held back: once a minute for each key. Pure: times are handed
// in. Threads: not safe; the log guards it. Bounded: 1,024 keys, the oldest gives way.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pannier::observe {

class RepeatFilter {
 public:
  static constexpr auto pause = std::chrono::minutes(1);

  // How often this key was held back since it was last written; none: hold this one back too.
  std::optional<std::uint64_t> pass(std::string_view key, SteadyTime now);

 private:
  struct Entry {
    SteadyTime written;
    std::uint64_t held_back = 0;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace pannier::observe
