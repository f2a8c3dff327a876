// For maps of texts that are asked with views. Users: path_tree, expression_list. Threads: pure.
#pragma once
#include <functional>
#include <string_view>

namespace pannier::process {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace pannier::process
