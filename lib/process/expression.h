// RE2 behind small types: no expression can take more than linear time, nor more than its share of memory.
// Users: text_pattern, endpoint_rules. Threads: immutable, safe from any.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace re2 {
class RE2;
}

namespace pannier::process {

// One RE2 expression, anchored at both ends. Bound: 128 KiB for its program and what it remembers.
class Expression {
 public:
  // REQUIRES: no fault.
  explicit Expression(std::string_view text);
  ~Expression();
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;

  // What is wrong with it, and the cure; nothing where it can be used.
  static std::optional<std::string> fault(std::string_view text);

  [[nodiscard]] bool matches(std::string_view text) const;
  // The groups of a match, [0] the whole; false, and nothing is told, where `text` does not match. As many as
  // `groups` has room for. REQUIRES: room for at most captures() + 1.
  bool match(std::string_view text, std::span<std::string_view> groups) const;
  [[nodiscard]] int captures() const;

 private:
  std::unique_ptr<re2::RE2> compiled_;
};

// A list of rules may have so many expressions that each has its bytes.
inline constexpr std::size_t most_expressions = 200;
std::optional<Error> fault_in_number(std::size_t expressions);

// Many expressions in one pass over the text. Bound: 8 MiB.
class ExpressionSet {
 public:
  ExpressionSet();
  ~ExpressionSet();
  ExpressionSet(ExpressionSet&&) noexcept;
  ExpressionSet& operator=(ExpressionSet&&) noexcept;

  // False: together they are too large, and the set is empty. REQUIRES: no fault in any.
  bool compile(std::span<const std::string_view> expressions);

  enum class Answer { none, some, unknown };  // unknown: the memory was too small for this text
  // The least number of those that match, into `least`.
  Answer least_match(std::string_view text, std::size_t& least) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace pannier::process
