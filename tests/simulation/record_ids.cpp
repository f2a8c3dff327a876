#include "simulation/record_ids.h"

#include <cstdlib>

namespace pannier::simulation {

void add_records_of(const queue::Slice& slice, std::vector<RecordId>& out) {
  for (std::uint32_t i = slice.first; i < slice.last; ++i) {
    const std::string_view fragment = slice.segment->bytes(i, i + 1);
    out.push_back(std::strtoull(fragment.data() + fragment.find("~s") + 2, nullptr, 10));
  }
}

}  // namespace pannier::simulation
