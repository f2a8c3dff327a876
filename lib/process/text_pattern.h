// A condition on one text as an operator writes it: a literal, a pattern with {param}, or ~ and an RE2
// expression, anchored at both ends. A {param} is one or more characters of one segment.
// Users: drop_rules, endpoint_rules, config (for faults). Threads: immutable, safe from any.
// Cost: a comparison; a pattern one pass; an expression about 0.1 us.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "process/expression.h"

namespace pannier::process {

bool is_expression(std::string_view text);  // begins with ~
std::string_view expression_in(std::string_view text);
bool has_parameter(std::string_view text);

// The literal parts of one segment, one more than it has parameters: "orders.{kind}" is "orders.", "".
using SegmentParts = std::vector<std::string>;
SegmentParts parts_of(std::string_view segment);  // REQUIRES: each { is closed
bool matches(const SegmentParts& parts, std::string_view segment);

class TextPattern {
 public:
  enum class Kind { path, name };  // only a path has {param}

  // REQUIRES: no fault.
  TextPattern(std::string_view text, Kind kind);
  // What is wrong with it, and the cure; to stand behind the text itself.
  static std::optional<std::string> fault(std::string_view text, Kind kind);

  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  using Path = std::vector<SegmentParts>;
  std::variant<std::string, Path, Expression> condition_;
};

}  // namespace pannier::process
