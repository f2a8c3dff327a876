// The lines that benchmarks are fed with. Many that differ, so that no branch is learnt by heart, laid one
// behind the other as a read finds them. Users: bench_*.cpp. Threads: immutable once made.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pannier::bench {

enum class LineSort {
  usual,         // 208 bytes, as the shims write them
  path,          // `path` instead of `endpoint`
  with_escapes,  // a backslash in two texts
  with_headers,  // eight request headers, one of them tells the consumer
  rejected,      // status 99
};

class Lines {
 public:
  // REQUIRES: services from 1 to 4; taken by turns.
  explicit Lines(LineSort sort, std::size_t count = 256, std::size_t services = 1);

  // Without its newline; record::line_padding behind it.
  [[nodiscard]] std::string_view line(std::size_t index) const { return lines_[index]; }
  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  // All of them, newlines included, padding behind.
  [[nodiscard]] std::string_view read() const { return read_; }

 private:
  std::string text_;
  std::string_view read_;
  std::vector<std::string_view> lines_;
};

}  // namespace pannier::bench
