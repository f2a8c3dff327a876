// Batches for the transports' tests, of real segments. Threads: plain functions.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "deliver/batch.h"

namespace pannier::deliver {

// One slice for each inner list.
inline Batch make_batch(const std::vector<std::vector<std::string>>& slices, std::uint8_t format = 0) {
  static const auto pool = std::make_shared<queue::SegmentPool>();
  Batch batch;
  for (const auto& fragments : slices) {
    std::string bytes;
    std::vector<std::uint32_t> ends;
    for (const std::string& fragment : fragments) {
      bytes += fragment;
      ends.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    const queue::SegmentPtr segment = pool->make(bytes.size());
    segment->set_format(format);
    segment->append(bytes, ends, 0);
    segment->seal();
    batch.slices.push_back({segment, 0, segment->records()});
    batch.records += segment->records();
    batch.bytes += bytes.size();
  }
  return batch;
}

}  // namespace pannier::deliver
