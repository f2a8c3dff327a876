// Records as the decoder makes them, kept: their views point into the lines, which live as long.
// Only for lines without escapes and headers, whose text would lie in the decoder. Users: bench_*.cpp.
#pragma once
#include <vector>

#include "record/line_decoder.h"
#include "tests/bench/lines.h"

namespace pannier::bench {

class Decoded {
 public:
  explicit Decoded(LineSort sort) : lines_(sort) {
    record::LineDecoder decoder;
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (decoder.decode(lines_.line(i), false).kind == record::LineKind::record)
        records_.push_back(decoder.record());
  }

  [[nodiscard]] const record::Record& record(std::size_t index) const {
    return records_[index % records_.size()];
  }
  [[nodiscard]] bool complete() const { return records_.size() == lines_.size(); }

 private:
  Lines lines_;
  std::vector<record::Record> records_;
};

}  // namespace pannier::bench
