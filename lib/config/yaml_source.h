// YAML text to a tree of nodes with places. The only file that knows yaml-cpp, and only its events: nothing
// is built that was not bounded before. One document, no anchors, aliases or tags, no name twice in a
// section, nesting of at most 16, at most 10,000 values. Threads: pure functions. Errors: mistakes with line
// and column.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/mistake.h"
#include "config/written.h"

namespace pannier::config {

inline constexpr std::size_t longest_yaml = 1U << 20U;

// A map, or where `wanted` says so a list, empty for an empty file; nothing, with at least one mistake, where
// the text can't be read at all. Names that come twice are mistakes, and the first counts for the rest of the
// checks.
std::optional<Written> read_yaml(std::string_view text, const std::string& source, Mistakes& mistakes,
                                 Written::Kind wanted = Written::Kind::map);

}  // namespace pannier::config
