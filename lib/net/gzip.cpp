#include "net/gzip.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace pannier::net {
namespace {

constexpr int level = 1;
constexpr std::string_view first_bytes = "\x1f\x8b";
// Deflate makes at most 1032 bytes of one.
constexpr std::size_t highest_ratio = 1032;

// What the last member says that it holds, modulo 2^32: a hint, from a stranger.
std::size_t said_size(std::string_view packed) {
  std::size_t size = 0;
  for (std::size_t i = 1; i <= 4 && i <= packed.size(); ++i)
    size = size << 8U | static_cast<unsigned char>(packed[packed.size() - i]);
  return std::min(size, packed.size() * highest_ratio);
}

}  // namespace

void Gzip::Free::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

std::string Gzip::pack(std::span<const std::string_view> parts) {
  if (!compressor_) compressor_.reset(libdeflate_alloc_compressor(level));
  if (!compressor_) return {};
  whole_.clear();
  if (parts.size() != 1)
    for (const std::string_view part : parts) whole_.append(part);
  const std::string_view body = parts.size() == 1 ? parts[0] : whole_.view();
  const std::size_t bound = libdeflate_gzip_compress_bound(compressor_.get(), body.size());
  room_.clear();
  char* const room = room_.claim(bound);
  std::string packed(room,
                     libdeflate_gzip_compress(compressor_.get(), body.data(), body.size(), room, bound));
  if (whole_.capacity() + room_.capacity() > kept_bytes) whole_ = {}, room_ = {};
  return packed;
}

void Gunzip::Free::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

Gunzip::Outcome Gunzip::unpack(std::string_view packed, std::size_t most) {
  size_ = 0;
  if (!packed.starts_with(first_bytes)) return Outcome::not_gzip;
  if (!decompressor_) decompressor_.reset(libdeflate_alloc_decompressor());
  if (!decompressor_ || !reserve(std::min(std::max<std::size_t>(said_size(packed), 4096), most)))
    return Outcome::no_memory;
  while (!packed.empty())
    if (const Outcome outcome = unpack_member(packed, most); outcome != Outcome::good) return outcome;
  return Outcome::good;
}

// One member from the front of `packed`, again in more room while it does not fit.
Gunzip::Outcome Gunzip::unpack_member(std::string_view& packed, std::size_t most) {
  if (!packed.starts_with(first_bytes)) return Outcome::not_gzip;
  while (true) {
    std::size_t taken = 0, made = 0;
    switch (libdeflate_gzip_decompress_ex(decompressor_.get(), packed.data(), packed.size(),
                                          room_.get() + size_, std::min(capacity_, most) - size_, &taken,
                                          &made)) {
      case LIBDEFLATE_SUCCESS:
        packed.remove_prefix(taken);
        size_ += made;
        return Outcome::good;
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        if (capacity_ >= most) return Outcome::too_large;
        if (!reserve(std::min(capacity_ * 2, most))) return Outcome::no_memory;
        break;
      default: return Outcome::damaged;
    }
  }
}

// Room for that many bytes in all and the padding, what is unpacked kept.
bool Gunzip::reserve(std::size_t bytes) {
  if (room_ && bytes <= capacity_) return true;
  std::unique_ptr<char[]> larger(new (std::nothrow) char[bytes + padding]);
  if (!larger) return false;
  if (size_ != 0) std::memcpy(larger.get(), room_.get(), size_);
  std::memset(larger.get() + bytes, 0, padding);
  room_ = std::move(larger);
  capacity_ = bytes;
  return true;
}

void Gunzip::trim() {
  size_ = 0;
  if (capacity_ <= kept_bytes) return;
  room_.reset();
  capacity_ = 0;
}

}  // namespace pannier::net
