// Sizes, times, whole numbers, parts and modes, with their ranges.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "base/units.h"
#include "config/value.h"

namespace pannier::config::reading {
namespace {

constexpr std::string_view digits = "0123456789";

std::string outside(const Option& option, std::string_view got) {
  return "expected " + range_text(option) + ", got " + std::string(got);
}

// "16" of "16M", "5" of "5 sec"; empty where the text begins with no number.
std::string_view leading_number(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789."), text.size()));
}

std::string size_cure(std::string_view text) {
  const std::string_view number = text.substr(0, std::min(text.find_first_not_of(digits), text.size()));
  const std::string unit = text::lower(text::trimmed(text.substr(number.size())));
  if (number.empty() || number.size() > 12) return "write a whole number with its unit, as 16MiB";
  const char first = unit.empty() ? 'm' : unit.front();
  const std::string_view meant = first == 'k' ? "KiB" : first == 'g' ? "GiB" : first == 'b' ? "B" : "MiB";
  return std::string("write ").append(number).append(meant);
}

std::string duration_cure(std::string_view text) {
  const std::string_view number = leading_number(text);
  const std::string unit = text::lower(text::trimmed(text.substr(number.size())));
  if (number.empty() || number.size() > 12 || number.front() == '.')
    return "write a number in ms, s, min, h or d, as 250ms";
  const bool thousandth = unit.starts_with("ms") || unit.starts_with("mil");
  const std::string_view meant = thousandth              ? "ms"
                                 : unit.starts_with("m") ? "min"
                                 : unit.starts_with("h") ? "h"
                                 : unit.starts_with("d") ? "d"
                                                         : "s";
  return std::string("write ").append(number).append(meant);
}

std::optional<Value> size(const Option& option, const Written& node, Faults& faults) {
  const auto bytes = units::parse_size(node.text);
  if (!bytes) return no(node, faults, quoted(node.text) + " is not a size; " + size_cure(node.text));
  Value value;
  value.number = *bytes;
  value.text = units::size_text(*bytes);
  if (*bytes < units::parse_size(option.least) || *bytes > units::parse_size(option.most))
    return no(node, faults, outside(option, value.text));
  return value;
}

std::optional<Value> duration(const Option& option, const Written& node, Faults& faults) {
  const auto time = units::parse_duration(node.text);
  if (!time) return no(node, faults, quoted(node.text) + " is not a time; " + duration_cure(node.text));
  Value value;
  value.duration = *time;
  value.text = units::duration_text(*time);
  if (*time < units::parse_duration(option.least) || *time > units::parse_duration(option.most))
    return no(node, faults, outside(option, value.text));
  return value;
}

std::optional<Value> integer(const Option& option, const Written& node, Faults& faults) {
  Value value;
  value.text = "none";
  if (option.none && node.text == "none") return value;
  const auto amount = whole_number(node.text);
  const std::string or_none = option.none ? ", or none" : "";
  if (!amount)
    return no(node, faults,
              quoted(node.text) + " is not a whole number; write " + range_text(option) + or_none);
  value.number = *amount;
  value.text = std::to_string(*amount);
  if (*amount < whole_number(option.least) || *amount > whole_number(option.most))
    return no(node, faults, outside(option, value.text) + or_none);
  return value;
}

// "90%" and "0.9" are both 90.
std::optional<double> percent(std::string_view text) {
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.remove_suffix(1);
  double amount = 0;
  const auto [end, fault] =
      std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
  if (fault != std::errc() || end != text.data() + text.size() || !std::isfinite(amount)) return std::nullopt;
  return is_percent ? amount : amount * 100;
}

std::string percent_text(double amount) {
  std::array<char, 64> buffer{};
  const auto [end, fault] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                          std::round(amount * 100) / 100, std::chars_format::general);
  return fault == std::errc() ? std::string(buffer.data(), end) + "%" : "?";
}

std::optional<Value> fraction(const Option& option, const Written& node, Faults& faults) {
  const auto amount = percent(node.text);
  if (!amount) return no(node, faults, quoted(node.text) + " is not a part; write 90% or 0.9");
  if (*amount < percent(option.least) || *amount > percent(option.most))
    return no(node, faults, outside(option, percent_text(*amount)));
  Value value;
  value.fraction = *amount / 100;
  value.text = percent_text(*amount);
  return value;
}

std::optional<Value> mode(const Written& node, Faults& faults) {
  std::uint64_t bits = 0;
  const char* last = node.text.data() + node.text.size();
  const auto [end, fault] = std::from_chars(node.text.data(), last, bits, 8);
  const bool is_octal = fault == std::errc() && end == last;
  if (!is_octal || node.text.size() < 3 || node.text.size() > 4 || bits > 0777)
    return no(node, faults, quoted(node.text) + " is not a mode; write octal digits in quotes, as \"0660\"");
  if ((bits & 0600U) != 0600U)
    return no(node, faults, quoted(node.text) + " shuts the daemon itself out; write \"0660\" or \"0600\"");
  Value value;
  value.number = bits;
  value.text = node.text.size() == 3 ? "0" + node.text : node.text;
  return value;
}

}  // namespace

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t amount = 0;
  const char* last = text.data() + text.size();
  const auto [end, fault] = std::from_chars(text.data(), last, amount);
  if (fault != std::errc() || end != last) return std::nullopt;
  return amount;
}

std::optional<Value> number(const Option& option, const Written& node, Faults& faults) {
  switch (option.kind) {
    case Kind::size: return size(option, node, faults);
    case Kind::duration: return duration(option, node, faults);
    case Kind::integer: return integer(option, node, faults);
    case Kind::fraction: return fraction(option, node, faults);
    default: return mode(node, faults);
  }
}

}  // namespace pannier::config::reading
