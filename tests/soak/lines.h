// What the soak's applications send: each number is one line, and says what becomes of it. A number is
// source * numbers_a_source + place, so that nothing has to be remembered of a line but its number.
// Threads: pure functions.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pannier::soak {

inline constexpr std::uint64_t numbers_a_source = 1'000'000'000;
inline constexpr std::array<std::string_view, 3> services{"orders", "users", "stock"};

enum class Kind : std::uint8_t {
  plain,
  faulty,        // rejected(status)
  no_response,   // filtered(no_response)
  not_found,     // a 404: Malti's clean mode leaves it out
  poison_malti,  // Malti refuses it for ever
  poison_otlp,   // the OTLP backend does
};

Kind kind_of(std::uint64_t number);
std::string_view service_of(std::uint64_t number);
std::string line_of(std::uint64_t number);  // without newline

// The numbers of the records that a body holds, in their order: each carries its mark once.
std::vector<std::uint64_t> numbers_in(std::string_view body);

}  // namespace pannier::soak
