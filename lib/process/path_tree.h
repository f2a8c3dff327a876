// Paths and {param} patterns as a tree of segments, so that a walk along a path meets only those that may
// match it. Users: endpoint_rules. Threads: immutable once filled. Cost: a look-up a segment, for each branch
// that goes on; at most all that was added, once.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "process/segments.h"
#include "process/text_hash.h"
#include "process/text_pattern.h"

namespace pannier::process {

class PathTree {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  // REQUIRES: each { in it is closed in its segment.
  void add(std::string_view pattern, std::size_t number);
  // The least number, below `limit`, of those that match; else `limit`.
  [[nodiscard]] std::size_t least_match(std::string_view path, std::size_t limit) const;

 private:
  using Literals = std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>>;  // to a node
  struct Node {
    std::size_t least = none;  // of all that passes here
    std::size_t ends = none;   // what ends here
    Literals literals;
    std::vector<std::pair<SegmentParts, std::size_t>> patterns;
  };

  std::size_t child_of(std::size_t node, std::string_view segment);
  void walk(const Node& node, Segments rest, std::size_t& best) const;

  std::vector<Node> nodes_{1};
};

}  // namespace pannier::process
