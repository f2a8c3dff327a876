// CRC-32 as gzip has it: finds damage, not malice. User: the spool, for each segment.
// Threads: pure functions. Cost: about 0.1 ns a byte.
#pragma once
#include <cstdint>
#include <string_view>

namespace pannier {

// `before` is the checksum of what stands in front of `bytes`.
[[nodiscard]] std::uint32_t checksum(std::string_view bytes, std::uint32_t before = 0);

}  // namespace pannier
