// From what was written to what was meant, by an option's kind; every fault found, each with its cure.
// Pure: reads no file and no clock, so that it can be fuzzed. Threads: pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/option.h"
#include "config/written.h"

namespace pannier::config {

struct Fault {
  Place place;
  std::string what;
  ErrorCode code = ErrorCode::invalid;
};
using Faults = std::vector<Fault>;

// Empty, with at least one fault, where `node` is not what `option` wants. Maps of free names: see below.
std::optional<Value> read_value(const Option& option, const Written& node, Faults& faults);

// One entry of a map of free names (named_texts, named_secrets).
std::optional<Value> read_entry(const Option& option, const Entry& entry, Faults& faults);

// "24MiB to 1024GiB"; empty where an option knows no range.
std::string range_text(const Option& option);

// The parts, one file each: value_scalar.cpp, value_place.cpp, value_list.cpp,
// value_rules.cpp, value_drop.cpp.
namespace reading {
std::optional<Value> scalar(const Option& option, const Written& node, Faults& faults);
std::optional<Value> number(const Option& option, const Written& node, Faults& faults);
std::optional<Value> address(const Option& option, const Written& node, Faults& faults);
std::optional<Value> url(const Written& node, Faults& faults);
std::optional<Value> texts(const Written& node, Faults& faults);
std::optional<Value> hosts(const Written& node, Faults& faults);
std::optional<Value> origins(const Written& node, Faults& faults);
std::optional<Value> uids(const Written& node, Faults& faults);
std::optional<Value> networks(const Written& node, Faults& faults);
std::optional<Value> rules(const Written& node, Faults& faults);
std::optional<Value> drop_rules(const Written& node, Faults& faults);
std::optional<Value> secret(const Written& node, Faults& faults);
std::optional<Value> no(const Written& node, Faults& faults, std::string what,
                        ErrorCode code = ErrorCode::invalid);
std::optional<std::uint64_t> whole_number(std::string_view text);
std::vector<std::string_view> words(std::string_view text);             // split at blanks
std::string listed(std::string_view list, std::string_view last_join);  // "a, b or c"
bool is_label(std::string_view text);  // 1 to 100 characters, no control characters
bool is_name(std::string_view text);   // the same without /: of a service or node
}  // namespace reading

}  // namespace pannier::config
