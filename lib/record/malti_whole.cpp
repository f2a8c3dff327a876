#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "record/malti_number.h"
#include "record/malti_values.h"

namespace pannier::record {
namespace {

using json::Reader;

constexpr MaltiFault wrong_type{"int_type", "Input should be a valid integer", {}};
constexpr MaltiFault no_number{
    "int_parsing", "Input should be a valid integer, unable to parse string as an integer", {}};
constexpr MaltiFault too_large{
    "int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size", {}};
constexpr MaltiFault fraction{
    "int_from_float", "Input should be a valid integer, got a number with a fractional part", {}};
constexpr MaltiFault not_finite{"finite_number", "Input should be a finite number", {}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Of one character at the front: how many bytes of white space, as Unicode has it; 0: it is none.
std::size_t space_at_front(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return 1;
  for (const std::string_view two : {"\u0085", "\u00a0"})
    if (text.starts_with(two)) return two.size();
  for (const std::string_view three : {"\u1680", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"})
    if (text.starts_with(three)) return three.size();
  return text.starts_with("\xe2\x80") && text.size() > 2 && text[2] >= '\x80' && text[2] <= '\x8a' ? 3 : 0;
}

std::size_t space_at_back(std::string_view text) {
  for (std::size_t bytes = 1; bytes <= 3 && bytes <= text.size(); ++bytes)
    if (space_at_front(text.substr(text.size() - bytes)) == bytes) return bytes;
  return 0;
}

std::string_view trimmed(std::string_view text) {
  while (const std::size_t bytes = space_at_front(text)) text.remove_prefix(bytes);
  while (const std::size_t bytes = space_at_back(text)) text.remove_suffix(bytes);
  return text;
}

// "1_000", and behind a leading zero any number of both: as far as it goes from the front. Returns how far.
std::size_t grouped_digits(std::string_view text) {
  std::size_t at = 0;
  if (text.starts_with('0')) at = std::min(text.find_first_not_of("0_"), text.size());
  while (at < text.size() && (is_digit(text[at]) || (text[at] == '_' && at > 0 && is_digit(text[at - 1]))))
    ++at;
  return at > 0 && text[at - 1] == '_' ? 0 : at;
}

MaltiFault read_digits(std::string_view digits, bool negative, std::int64_t& out) {
  digits.remove_prefix(std::min(digits.find_first_not_of("0_"), digits.size()));
  const auto count = digits.size() - static_cast<std::size_t>(std::ranges::count(digits, '_'));
  if (count > Reader::most_digits) return too_large;
  out = saturated(digits, negative);
  return {};
}

MaltiFault read_text(std::string_view text, std::int64_t& out) {
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t size = grouped_digits(text);
  if (size == 0) return no_number;
  const std::string_view behind = text.substr(size);
  const bool whole = behind.empty() || (behind.size() > 1 && behind[0] == '.' &&
                                        behind.find_first_not_of('0', 1) == std::string_view::npos);
  return whole ? read_digits(text.substr(0, size), negative, out) : no_number;
}

MaltiFault read_real(double number, std::int64_t& out) {
  constexpr double beyond = 9223372036854775808.0;
  if (!std::isfinite(number)) return not_finite;
  if (number != std::floor(number)) return fraction;
  if (!(number > -beyond && number < beyond)) return too_large;
  out = static_cast<std::int64_t>(number);
  return {};
}

}  // namespace

std::int64_t saturated(std::string_view digits, bool negative) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c == '_') continue;
    const std::int64_t digit = c - '0';
    if (value > (most - digit) / 10) return negative ? std::numeric_limits<std::int64_t>::min() : most;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

double real_of(std::string_view token) {
  double value = 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), value);
  if (read.ec == std::errc()) return value;
  return std::strtod(std::string(token).c_str(), nullptr);  // nothing, or infinite
}

MaltiFault read_whole(const Reader::Value& value, std::string_view written, std::int64_t& out) {
  switch (value.kind) {
    case Reader::Kind::whole: {
      const bool negative = value.raw.starts_with('-');
      out = saturated(value.raw.substr(negative ? 1 : 0), negative);
      return {};
    }
    case Reader::Kind::real: return read_real(real_of(value.raw), out);
    case Reader::Kind::text: return read_text(written, out);
    case Reader::Kind::boolean: out = value.raw == "true" ? 1 : 0; return {};
    case Reader::Kind::not_finite: return not_finite;
    default: return wrong_type;
  }
}

}  // namespace pannier::record
