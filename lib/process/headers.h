// Looking up a request's headers. Users: consumer, forwarded, context. Threads: pure functions.
#pragma once
#include <string_view>

#include "base/text.h"
#include "record/record.h"

namespace pannier::process {

// The first value of this name that is not empty, without the white space around it.
inline std::string_view header(const record::Record& record, std::string_view name) {
  for (const record::Header& candidate : record.request_headers) {
    if (!text::equal_ignoring_case(candidate.name, name)) continue;
    const std::string_view value = text::trimmed(candidate.value);
    if (!value.empty()) return value;
  }
  return {};
}

}  // namespace pannier::process
