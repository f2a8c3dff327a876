// Who made the request, as far as the record tells.
// Users: steps. Threads: pure functions.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "record/record.h"

namespace pannier::process {

struct Consumer {
  std::string_view name;    // never empty, no white space around it
  bool is_address = false;  // derived from an IP, so it may have to be anonymized
};

// The record's own consumer, else the first of `headers` with a value, else, where `use_ip`, the first
// address of X-Forwarded-For or else client_ip, else "anonymous". Cost: no allocation; headers are looked at
// only where the record names no consumer.
Consumer consumer_of(const record::Record& record, std::span<const std::string> headers, bool use_ip);

}  // namespace pannier::process
