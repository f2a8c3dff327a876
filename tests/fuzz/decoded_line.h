// What both record fuzzers do with an input: the decoder under test beside simdjson's full parser as the
// judge. A broken promise ends the process, which libFuzzer reports with the input. Threads: one.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "record/line_decoder.h"

namespace pannier::fuzz {

inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// A line in a buffer of exactly its size and padding, so that a read beyond it is seen.
class PaddedLine {
 public:
  PaddedLine(std::string_view line, char padding) : size_(line.size()) {
    buffer_.reserve(line.size() + record::line_padding);
    buffer_.assign(line.begin(), line.end());
    buffer_.resize(line.size() + record::line_padding, padding);
  }
  [[nodiscard]] std::string_view view() const { return {buffer_.data(), size_}; }

 private:
  std::vector<char> buffer_;
  std::size_t size_;
};

// A line never holds a newline: the splitter cut there.
inline std::string_view first_line(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  return text.substr(0, text.find('\n'));
}

}  // namespace pannier::fuzz
