// Text from strangers: shown safely, cut at character boundaries, compared to what was meant.
// Threads: pure functions.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace pannier::text {

// For terminals, logs and pages: control characters, invalid UTF-8 and bidi controls appear escaped
// (\n, \x1b, \u{202e}); at most `limit` bytes of `text` are shown, then "…".
std::string shown(std::string_view text, std::size_t limit = 200);

// A finished JSON document with its hidden characters (C1, bidi controls, zero-width) written as \u202e: the
// same values, safe on a terminal. REQUIRES: valid UTF-8.
std::string json_shown(std::string_view document);

bool is_utf8(std::string_view text);
bool has_control_character(std::string_view text);  // below 0x20, or 0x7f

// The longest prefix of at most `bytes` bytes that does not cut a UTF-8 character.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

std::string lower(std::string_view text);
bool equal_ignoring_case(std::string_view left, std::string_view right);
std::string_view trimmed(std::string_view text);  // ASCII white space at both ends

// Which of `known` was probably meant by `word`; empty where none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace pannier::text
