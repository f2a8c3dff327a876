// A path's segments, one after the other: "/a/b" is "", "a", "b". Users: text_pattern, path_tree.
// Threads: a plain value.
#pragma once
#include <optional>
#include <string_view>

namespace pannier::process {

class Segments {
 public:
  explicit Segments(std::string_view path) : rest_(path) {}

  std::optional<std::string_view> next() {
    if (ended_) return std::nullopt;
    const std::size_t slash = rest_.find('/');
    const std::string_view segment = rest_.substr(0, slash);
    ended_ = slash == std::string_view::npos;
    if (!ended_) rest_.remove_prefix(slash + 1);
    return segment;
  }

 private:
  std::string_view rest_;
  bool ended_ = false;
};

}  // namespace pannier::process
