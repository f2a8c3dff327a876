// Which records a slice holds, by the marks that the senders gave them. Threads: any.
#pragma once
#include <vector>

#include "queue/segment.h"
#include "simulation/backend.h"

namespace pannier::simulation {

void add_records_of(const queue::Slice& slice, std::vector<RecordId>& out);

}  // namespace pannier::simulation
