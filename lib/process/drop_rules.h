// Which records a destination leaves out because the operator said so (process.drop): the first rule of which
// all conditions hold. Users: the daemon's routing; config asks fault_in. Threads: immutable, safe from any.
// Cost: a few comparisons a rule; about 0.1 us for an expression that gets its turn.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "process/options.h"
#include "process/text_pattern.h"
#include "record/record.h"

namespace pannier::process {

// What is wrong with a condition, and the cure; to stand behind the text itself. None where it is empty.
std::optional<std::string> fault_in_condition(std::string_view text, TextPattern::Kind kind);

// What is wrong with all together, where nothing is wrong with each.
std::optional<Error> fault_in(std::span<const DropRule> rules);

class DropRules {
 public:
  DropRules() = default;
  // Those of `rules` that are for `destination`. REQUIRES: no fault in any condition; one with none drops
  // nothing.
  DropRules(std::span<const DropRule> rules, Destination destination);

  [[nodiscard]] bool empty() const { return rules_.empty(); }
  // The number of the rule in the list as it was given.
  [[nodiscard]] std::optional<std::size_t> first_match(const record::Record& record) const;

 private:
  struct Rule {
    std::size_t number = 0;
    std::vector<StatusRange> status;
    std::vector<std::string> methods;
    std::optional<TextPattern> service, endpoint, consumer;

    [[nodiscard]] bool holds(const record::Record& record) const;
  };
  std::vector<Rule> rules_;
};

}  // namespace pannier::process
