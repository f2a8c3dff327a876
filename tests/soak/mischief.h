// The ways in which a backend can fail, each with what it says and whether it may have stored the batch all
// the same: every row of the table of answers in DESIGN.md's section 4, and what no table foresees.
// Threads: pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "tests/doubles/behaviour.h"
#include "tests/soak/tally.h"

namespace pannier::soak {

enum class Naming : std::uint8_t { nobody, detail, element };  // how an answer names records

struct Way {
  std::string_view name;
  doubles::Behaviour behaviour;  // `stores`: it may have stored
  Naming naming = Naming::nobody;
  bool is_partial = false;  // OTLP's partial_success
};

const std::vector<Way>& ways(Destination destination);

// An answer that names records by their places in the batch.
doubles::Answer naming_answer(int status, Naming naming, const std::vector<std::size_t>& places);
// A 200 of OTLP that left out so many.
doubles::Answer partial_answer(std::size_t rejected, bool is_json);

}  // namespace pannier::soak
