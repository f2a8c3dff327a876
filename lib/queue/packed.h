// Numbers and ranges as the spool keeps them: 32 bits each, little-endian. Varints of the records' lengths
// would spare 1 % of the bytes and cost what that spares. User: SegmentTable. Threads: pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "queue/store.h"

namespace pannier::queue {

void pack(std::span<const std::uint32_t> numbers, std::string& out);  // in place of what was there
// None: not a whole number of numbers.
std::optional<std::vector<std::uint32_t>> unpack(std::string_view packed);

std::string pack(std::span<const RecordRange> ranges);
// Those that are well-formed and in order; what follows a faulty one is left out.
std::vector<RecordRange> unpack_ranges(std::string_view packed);

std::uint64_t records_in(std::span<const RecordRange> ranges);
// What [0, records) holds beside them. REQUIRES: sorted and apart.
std::vector<RecordRange> rest_of(std::uint32_t records, std::span<const RecordRange> ranges);

}  // namespace pannier::queue
