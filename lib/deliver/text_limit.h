// How long a text may be at Malti: its escaped form (& is &amp;, < is &lt;, > is &gt;) has at most 500 code
// points; what is longer it would cut by itself, so that two endpoints could become one unseen. Users: the
// encoders of Malti and local. Threads: pure. Cost: nothing for texts of up to 100 bytes.
#pragma once
#include <cstddef>
#include <string_view>

namespace pannier::deliver {

inline constexpr std::size_t malti_code_points = 500;

namespace detail {
std::string_view cut_for_malti(std::string_view text);
}

// The longest prefix that Malti keeps. REQUIRES: valid UTF-8.
inline std::string_view limited(std::string_view text) {
  constexpr std::size_t widest_escape = 5;
  return text.size() * widest_escape <= malti_code_points ? text : detail::cut_for_malti(text);
}

}  // namespace pannier::deliver
