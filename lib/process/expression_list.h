// The expressions among endpoint rules, so arranged that few are asked: those whose first segment is written
// out are looked up by it; where still many are left, one pass asks all. Users: endpoint_rules.
// Threads: immutable once filled. Bound: as of its expressions and its set.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "process/expression.h"
#include "process/text_hash.h"

namespace pannier::process {

// Numbered as their rules are, in rising order.
class ExpressionList {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  // REQUIRES: no fault in any, numbers that rise.
  void add(std::string_view expression, std::size_t number);
  // Behind the last add().
  void arrange();

  // The least number, below `limit`, of those that match; else `limit`.
  [[nodiscard]] std::size_t least_match(std::string_view path, std::size_t limit) const;
  // REQUIRES: a number that was added.
  [[nodiscard]] const Expression& at(std::size_t number) const;

 private:
  struct Numbered {
    std::size_t number;
    Expression expression;
  };
  using Places = std::vector<std::size_t>;  // in all_, rising

  [[nodiscard]] const Places& candidates(std::string_view path) const;

  std::vector<Numbered> all_;
  std::vector<std::string> texts_;
  std::unordered_map<std::string, Places, TextHash, std::equal_to<>> by_first_segment_;  // and those of any
  Places of_any_;
  ExpressionSet set_;
};

}  // namespace pannier::process
