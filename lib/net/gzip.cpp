#include "net/gzip.h"

#include <libdeflate.h>

namespace pannier::net {
namespace {

constexpr int level = 1;

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

}  // namespace pannier::net
