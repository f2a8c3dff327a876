#include "process/path_tree.h"

#include <algorithm>

namespace pannier::process {

std::size_t PathTree::child_of(std::size_t node, std::string_view segment) {
  const std::size_t fresh = nodes_.size();
  const auto parts = parts_of(segment);
  if (parts.size() == 1) {
    const auto [at, is_new] = nodes_[node].literals.try_emplace(parts.front(), fresh);
    if (!is_new) return at->second;
  } else {
    auto& patterns = nodes_[node].patterns;
    const auto known = std::ranges::find(patterns, parts, &std::pair<SegmentParts, std::size_t>::first);
    if (known != patterns.end()) return known->second;
    patterns.emplace_back(parts, fresh);
  }
  nodes_.emplace_back();
  return fresh;
}

void PathTree::add(std::string_view pattern, std::size_t number) {
  std::size_t node = 0;
  for (Segments rest(pattern); const auto segment = rest.next();) {
    nodes_[node].least = std::min(nodes_[node].least, number);
    node = child_of(node, *segment);
  }
  nodes_[node].least = std::min(nodes_[node].least, number);
  nodes_[node].ends = std::min(nodes_[node].ends, number);
}

std::size_t PathTree::least_match(std::string_view path, std::size_t limit) const {
  std::size_t best = limit;
  walk(nodes_.front(), Segments(path), best);
  return best;
}

void PathTree::walk(const Node& node, Segments rest, std::size_t& best) const {
  if (node.least >= best) return;
  const auto segment = rest.next();
  if (!segment) {
    best = std::min(best, node.ends);
    return;
  }
  if (const auto child = node.literals.find(*segment); child != node.literals.end())
    walk(nodes_[child->second], rest, best);
  for (const auto& [parts, child] : node.patterns)
    if (matches(parts, *segment)) walk(nodes_[child], rest, best);
}

}  // namespace pannier::process
