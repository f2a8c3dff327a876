#include "base/checksum.h"

#include <libdeflate.h>

namespace pannier {

std::uint32_t checksum(std::string_view bytes, std::uint32_t before) {
  // libdeflate takes a null pointer as the wish for the initial value.
  if (bytes.empty()) return before;
  return libdeflate_crc32(before, bytes.data(), bytes.size());
}

}  // namespace pannier
