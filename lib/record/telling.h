// What a person is told of a line beyond the reason by which it is counted. Users: `pannier explain` and
// `pannier test`; the daemon itself never looks. Threads: pure functions; a parser of its own each time.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/reasons.h"

namespace pannier::record {

struct UnknownField {
  std::string name;
  std::string_view meant;  // the known field that is nearest; empty: none is near
};

// The fields of a record that were ignored, at most 20 of them; none where `line` is no JSON object.
std::vector<UnknownField> unknown_fields_of(std::string_view line);

// What a line must be, not to be rejected for this reason: "a whole number from 100 to 599, …".
std::string_view rule_of(Reject reason);

}  // namespace pannier::record
