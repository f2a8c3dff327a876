// What tables need that hold the same rows below several destinations: paths put together, parts joined.
//   constexpr auto rows = joined(own_rows, lane_rows<"deliver.malti", malti_lane, variables>,
//                                way_rows<"deliver.malti", malti_way>);
// Users: the parts of the option table. Threads: constants.
#pragma once
#include <algorithm>
#include <array>
#include <string_view>

#include "config/option.h"

namespace pannier::config::table {

// A text that can be a template's argument.
template <std::size_t Size>
struct Name {
  std::array<char, Size> text{};
  consteval Name(const char (&from)[Size]) { std::copy_n(from, Size, text.begin()); }  // NOLINT: from "…"
  [[nodiscard]] constexpr std::string_view view() const { return {text.data(), Size - 1}; }
};

template <Name Left, Name Right>
inline constexpr auto path_text = [] {
  std::array<char, Left.view().size() + Right.view().size()> text{};
  std::ranges::copy(Right.view(), std::ranges::copy(Left.view(), text.begin()).out);
  return text;
}();
template <Name Left, Name Right>
inline constexpr std::string_view path_of{path_text<Left, Right>.data(), path_text<Left, Right>.size()};

template <std::size_t... Sizes>
constexpr auto joined(const std::array<Option, Sizes>&... parts) {
  std::array<Option, (Sizes + ...)> all{};
  auto next = all.begin();
  ((next = std::copy(parts.begin(), parts.end(), next)), ...);
  return all;
}

}  // namespace pannier::config::table
