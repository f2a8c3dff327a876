// Packs request bodies: gzip at level 1 by libdeflate, a whole body at once. Users: deliver/otlp/transport.
// Threads: not safe; one belongs to one transport. Cost: about 0.3 us for a span; the compressor keeps some
// hundred KiB, claimed at the first use. Bounded: by what it is given.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct libdeflate_compressor;

namespace pannier::net {

class Gzip {
 public:
  // All parts, one behind the other, as one gzip member. Empty where there is no memory for it.
  std::string pack(std::span<const std::string_view> parts);

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const;
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

}  // namespace pannier::net
