// A value of a document as Malti's answers show it. Private to the room; see malti_answer.
#pragma once
#include <string>
#include <string_view>

namespace pannier::receive {

inline constexpr std::size_t longest_echo = 1024;  // bytes of input; a longer one is only named

// As Python's json writes what it read: no white space, numbers and escapes in one form, of a key that comes
// twice the last value. What JSON has no word for (NaN) is null. REQUIRES: one valid value, a Reader's
// padding behind it. Bounded: about five times the input's bytes.
void append_echo(std::string& out, std::string_view input);

}  // namespace pannier::receive
