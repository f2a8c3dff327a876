// What an endpoint rule's `as` makes: a fixed text, or one with the captures of its expression.
// Users: endpoint_rules. Threads: immutable, safe from any.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"

namespace pannier::process {

class EndpointName {
 public:
  // \1 to \9 are captures, \0 the whole path, \\ a backslash. REQUIRES: no fault.
  explicit EndpointName(std::string_view as);

  static constexpr int most_captures = 9;
  // What is wrong with it where the expression has so many captures (none: it is no expression).
  static std::optional<std::string> fault(std::string_view as, std::optional<int> captures);

  [[nodiscard]] bool has_captures() const { return groups_ > 0; }
  [[nodiscard]] std::size_t groups() const { return groups_; }  // that it looks at, the whole included
  // Never empty. Bound: nine times the path, and itself.
  [[nodiscard]] std::string_view text(std::span<const std::string_view> groups, Arena& arena) const;
  [[nodiscard]] std::string_view fixed_text() const { return fixed_; }  // REQUIRES: !has_captures()

 private:
  struct Piece {
    std::string literal;
    std::optional<std::size_t> group;  // behind the literal
  };
  std::vector<Piece> pieces_;
  std::string fixed_;
  std::size_t groups_ = 0;
};

}  // namespace pannier::process
