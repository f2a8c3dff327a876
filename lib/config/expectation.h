// What a sample of `pannier test` expects: the names that may stand below `expect`, and their values in the
// one spelling in which they are compared with what came out. Users: test_file.h, the command test.
// Threads: pure functions.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/written.h"

namespace pannier::config {

struct Expectation {
  std::string subject;  // "endpoint", "malti", "rejected", …
  std::string value;
  Place place;
};

std::span<const std::string_view> expectation_names();

// Of an entry below `expect`; else what is wrong with its value. REQUIRES: one of the names.
std::variant<Expectation, std::string> read_expectation(const Entry& entry);

// The one spelling of a time in milliseconds, exact to the microsecond: "12", "12.5".
std::string milliseconds_text(double milliseconds);

// "write a, b or c", or where one of them is near: "did you mean b?".
std::string one_of(std::string_view text, std::span<const std::string_view> among);

}  // namespace pannier::config
