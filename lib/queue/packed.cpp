#include "queue/packed.h"

#include <algorithm>

namespace pannier::queue {
namespace {

constexpr std::size_t number_bytes = 4;

std::uint32_t number_at(std::string_view packed, std::size_t place) {
  const auto byte = [&](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(packed[place * number_bytes + i])} << (8 * i);
  };
  return byte(0) | byte(1) | byte(2) | byte(3);
}

}  // namespace

void pack(std::span<const std::uint32_t> numbers, std::string& out) {
  out.resize(numbers.size() * number_bytes);
  char* at = out.data();
  for (const std::uint32_t number : numbers)
    for (std::size_t i = 0; i < number_bytes; ++i) *at++ = static_cast<char>(number >> (8 * i));
}

std::optional<std::vector<std::uint32_t>> unpack(std::string_view packed) {
  if (packed.size() % number_bytes != 0) return std::nullopt;
  std::vector<std::uint32_t> numbers(packed.size() / number_bytes);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = number_at(packed, i);
  return numbers;
}

std::string pack(std::span<const RecordRange> ranges) {
  std::vector<std::uint32_t> numbers;
  for (const RecordRange& range : ranges) numbers.insert(numbers.end(), {range.first, range.last});
  std::string packed;
  pack(numbers, packed);
  return packed;
}

std::vector<RecordRange> unpack_ranges(std::string_view packed) {
  std::vector<RecordRange> ranges;
  const auto numbers = unpack(packed);
  if (!numbers) return ranges;
  std::uint32_t before = 0;
  for (std::size_t i = 0; i + 1 < numbers->size(); i += 2) {
    const RecordRange range{(*numbers)[i], (*numbers)[i + 1]};
    if (range.first < before || range.last < range.first) break;
    ranges.push_back(range);
    before = range.last;
  }
  return ranges;
}

std::uint64_t records_in(std::span<const RecordRange> ranges) {
  std::uint64_t records = 0;
  for (const RecordRange& range : ranges) records += range.last - range.first;
  return records;
}

std::vector<RecordRange> rest_of(std::uint32_t records, std::span<const RecordRange> ranges) {
  std::vector<RecordRange> rest;
  std::uint32_t from = 0;
  for (const RecordRange& range : ranges) {
    if (range.first >= records) break;
    if (range.first > from) rest.push_back({from, range.first});
    from = std::min(range.last, records);
  }
  if (from < records) rest.push_back({from, records});
  return rest;
}

}  // namespace pannier::queue
