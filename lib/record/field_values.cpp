#include "record/field_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/json.h"
#include "base/text.h"

namespace pannier::record {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<double> to_double(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (stop != end) return std::nullopt;
  if (fault == std::errc::result_out_of_range) return std::nullopt;
  return fault == std::errc() && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// Nearly all numbers of access logs: a few digits and nothing else.
std::optional<double> small_integer(std::string_view text) {
  if (text.empty() || text.size() > 9 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return value;
}

// The code unit of the escape \uXXXX at `at` (which points behind the backslash), or -1.
int code_unit(std::string_view raw, std::size_t at) {
  if (at + 5 > raw.size() || raw[at] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = at + 1; i < at + 5; ++i) unit = unit * 16 + hex_value(raw[i]);
  return unit;
}

}  // namespace

std::optional<double> parse_number_token(std::string_view token) {
  if (const auto small = small_integer(token)) return small;
  if (token.empty() || (token[0] != '-' && !is_digit(token[0])) || !json::is_value(token))
    return std::nullopt;
  return to_double(token);
}

std::optional<double> parse_decimal_text(std::string_view text) {
  if (const auto small = small_integer(text)) return small;
  const std::string_view unsigned_part = text.starts_with('-') ? text.substr(1) : text;
  const auto points = std::ranges::count(unsigned_part, '.');
  const bool decimal = !unsigned_part.empty() && is_digit(unsigned_part.front()) &&
                       is_digit(unsigned_part.back()) && points <= 1 &&
                       std::ranges::all_of(unsigned_part, [](char c) { return is_digit(c) || c == '.'; });
  return decimal ? to_double(text) : std::nullopt;
}

bool is_in_range(SystemTime time) {
  using namespace std::chrono;
  constexpr SystemTime first{sys_days(year(2000) / January / 1)};
  constexpr SystemTime end{sys_days(year(2101) / January / 1)};
  return time >= first && time < end;
}

std::optional<SystemTime> from_epoch_seconds(double seconds) {
  if (!(seconds > 0 && seconds < 1e10)) return std::nullopt;
  const SystemTime time{std::chrono::microseconds(std::llround(seconds * 1e6))};
  return is_in_range(time) ? std::optional(time) : std::nullopt;
}

bool parse_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

bool has_bad_escape(std::string_view raw) {
  for (std::size_t at = raw.find('\\'); at != std::string_view::npos; at = raw.find('\\', at)) {
    const int unit = code_unit(raw, at + 1);
    if (unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return true;
    at += unit < 0 ? 2 : 6;
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const int low = at < raw.size() && raw[at] == '\\' ? code_unit(raw, at + 1) : -1;
    if (low < 0xdc00 || low > 0xdfff) return true;
    at += 6;
  }
  return false;
}

bool is_not_a_number_word(std::string_view token) {
  if (token.starts_with('-')) token.remove_prefix(1);
  return text::equal_ignoring_case(token, "nan") || text::equal_ignoring_case(token, "infinity") ||
         text::equal_ignoring_case(token, "inf");
}

bool is_name(std::string_view text) {
  constexpr std::size_t most = 100;
  if (text.empty() || text.size() > most * 4) return false;
  const auto bad = [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7f || c == '/'; };
  if (std::ranges::any_of(text, bad)) return false;
  const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  return text.size() <= most ||
         std::ranges::count_if(text, begins_character) <= static_cast<std::ptrdiff_t>(most);
}

std::string_view without_query(std::string_view path) {
  for (std::size_t at = path.find('?'); at != std::string_view::npos; at = path.find('?', at + 1)) {
    const std::size_t segment = path.substr(0, at).rfind('/');
    const bool optional_parameter = segment != std::string_view::npos && segment + 1 < at &&
                                    path[segment + 1] == ':' &&
                                    (at + 1 == path.size() || path[at + 1] == '/');
    const bool named_group = at > 0 && path[at - 1] == '(' && path.substr(at + 1).starts_with("P<");
    if (!optional_parameter && !named_group) return path.substr(0, at);
  }
  return path;
}

}  // namespace pannier::record
