// What the text of one field's value means. Private to the room. Pure; no allocation.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"

namespace pannier::record {

// A JSON number's token, or the decimal text of a string ("0.005", "-1"): nothing else, no exponent in text.
std::optional<double> parse_number_token(std::string_view token);
std::optional<double> parse_decimal_text(std::string_view text);

// Epoch seconds. None outside the years 2000 to 2100.
std::optional<SystemTime> from_epoch_seconds(double seconds);
bool is_in_range(SystemTime time);  // the years 2000 to 2100

// Fills `out` from exactly 2 * out.size() hex digits.
bool parse_hex(std::string_view text, std::span<std::uint8_t> out);

// True where a JSON text holds the escape \u0000 or half a surrogate pair.
bool has_bad_escape(std::string_view raw);

// A word that some writers put where JSON has no number: NaN, Infinity.
bool is_not_a_number_word(std::string_view token);

bool is_name(std::string_view text);  // of a service or node: 1..100 characters, no control, no '/'
std::string_view without_query(std::string_view path);  // cut at the first '?', but for ":id?" and "(?P<id>"

}  // namespace pannier::record
