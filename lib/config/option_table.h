// The one table of options, in the order of the sample file. Source of the parser, of `pannier config`, of
// the PANNIER__ names and of config/sample.h. Rows of parts that are not built are known names and nothing
// else. Threads: constants. Cost: a look-up walks some ninety rows.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/option.h"

namespace pannier::config {

std::span<const Option> all_options();
const Option* find_option(std::string_view path);

// True where settings stand below `path`: "receive", "deliver.malti.batch".
bool is_section(std::string_view path);

// The names directly below a section ("" is the top): all for "did you mean", those that are built for "known
// here".
std::vector<std::string_view> names_below(std::string_view section, bool only_built = false);

// True for rows that hold one value (or a plain list) and so can come from a variable.
bool has_variable(const Option& option);
std::string variable_of(const Option& option);  // "PANNIER__RECEIVE__UDP__ADDRESS"

// The parts of the table, one file each.
namespace table {
std::span<const Option> common();
std::span<const Option> receive();
std::span<const Option> process();
std::span<const Option> spool();
std::span<const Option> deliver();
std::span<const Option> multiplayer();
std::span<const Option> deliver_later();
std::span<const Option> daemon();
}  // namespace table

// For `store`: whole units, rounded up, so that a time above zero never becomes none.
template <typename Unit>
Unit rounded(const Value& value) {
  return std::chrono::ceil<Unit>(value.duration);
}

}  // namespace pannier::config
