// Packs request bodies: gzip at level 1 by libdeflate, a whole body at once. Users: deliver/otlp/transport.
// Threads: not safe; one belongs to one transport. Cost: about 0.5 us for a span; compressor and buffers,
// claimed at the first use, keep some hundred KiB. Bounded: by what it is given; at most kept_bytes are kept.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

struct libdeflate_compressor;

namespace pannier::net {

class Gzip {
 public:
  static constexpr std::size_t kept_bytes = 2 * 1024 * 1024;

  // All parts, one behind the other, as one gzip member. Empty where there is no memory for it.
  std::string pack(std::span<const std::string_view> parts);

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const;
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
  Bytes whole_, room_;  // kept: pages that are claimed anew for each batch cost more than the copy
};

}  // namespace pannier::net
