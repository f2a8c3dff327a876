// One element of `requests` as Malti's model reads it: types, required fields, times.
// Users: malti_contract.cpp only (it names simdjson). Threads: pure functions.
#pragma once
#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/doubles/malti_contract.h"

namespace pannier::doubles {

struct Mistake {  // one entry of a 422's `detail`
  std::size_t index;
  std::string_view field, type, message;
  std::string input;  // raw JSON, echoed
};

// Reads element number `index`; each mistake is added to `mistakes`.
MaltiRecord read_record(std::size_t index, simdjson::dom::element value, std::vector<Mistake>& mistakes);

}  // namespace pannier::doubles
