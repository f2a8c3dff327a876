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
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string whole;
  if (parts.size() != 1) {
    whole.reserve(size);
    for (const std::string_view part : parts) whole += part;
  }
  const std::string_view body = parts.size() == 1 ? parts[0] : std::string_view(whole);
  const std::size_t bound = libdeflate_gzip_compress_bound(compressor_.get(), body.size());
  const auto room = std::make_unique_for_overwrite<char[]>(bound);
  const std::size_t packed =
      libdeflate_gzip_compress(compressor_.get(), body.data(), body.size(), room.get(), bound);
  return {room.get(), packed};
}

}  // namespace pannier::net
