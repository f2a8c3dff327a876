// Packs and unpacks whole request bodies by libdeflate. Threads: not safe. Memory is claimed at the first
// use.
//
// Gzip packs at level 1. Users: deliver/otlp/transport, one each. Cost: about 0.5 us for a span; compressor
// and buffers keep some hundred KiB. Bounded: by what it is given; at most kept_bytes are kept.
//
// Gunzip unpacks what strangers send, into a buffer that is used again. Users: HTTP listeners. Cost: about 1
// ns a byte that comes out, twice that where the packed size misleads. Bounded: by `most`, whatever a bomb
// holds.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

struct libdeflate_compressor;
struct libdeflate_decompressor;

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

class Gunzip {
 public:
  static constexpr std::size_t padding = 64;  // readable bytes behind view()
  static constexpr std::size_t kept_bytes = 1024UL * 1024;

  enum class Outcome : std::uint8_t {
    good,
    not_gzip,   // no member's first bytes, at the front or behind a whole member
    damaged,    // cut off, or a wrong checksum
    too_large,  // more than `most` bytes would come out
    no_memory,
  };
  // All members, one behind the other, as one text.
  Outcome unpack(std::string_view packed, std::size_t most);
  // Of a good outcome; until the next unpack() or trim().
  [[nodiscard]] std::string_view view() const { return {room_.get(), size_}; }
  // Gives a large buffer back: for when view() is done with.
  void trim();
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const;
  };
  Outcome unpack_member(std::string_view& packed, std::size_t most);
  bool reserve(std::size_t bytes);

  std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
  std::unique_ptr<char[]> room_;
  std::size_t capacity_ = 0, size_ = 0;  // capacity: without the padding
};

}  // namespace pannier::net
