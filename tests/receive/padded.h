// A text as receive's buffers hold it: record::line_padding bytes lie behind it, and not one more, so that
// the address sanitizer sees who reads further.
#pragma once
#include <algorithm>
#include <memory>
#include <string_view>

#include "record/line_decoder.h"

namespace pannier::receive {

class Padded {
 public:
  explicit Padded(std::string_view text)
      : bytes_(new char[text.size() + record::line_padding]), size_(text.size()) {
    std::fill_n(std::copy(text.begin(), text.end(), bytes_.get()), record::line_padding, '\xff');
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

}  // namespace pannier::receive
