#include <charconv>
#include <cmath>
#include <optional>

#include "record/malti_number.h"
#include "record/malti_values.h"

namespace pannier::record {
namespace {

using json::Reader;
using namespace std::chrono;

constexpr std::string_view no_time = "Input should be a valid datetime";
constexpr std::string_view no_date = "Input should be a valid datetime or date";
constexpr std::string_view too_late = "dates after 9999 are not supported as unix timestamps";
constexpr std::string_view too_early = "dates before 0000 are not supported as unix timestamps";
constexpr std::string_view year_zero = "year 0 is out of range";

constexpr sys_days first_day{year(0) / January / 1};
constexpr sys_days first_good_day{year(1) / January / 1};
constexpr sys_days end_of_days{year(10000) / January / 1};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

MaltiFault of_time(std::string_view error) {
  return {"datetime_parsing", no_time, error};
}
MaltiFault of_date(std::string_view error) {
  return {"datetime_from_date_parsing", no_date, error};
}

// Two or four digits at `at`; -1 where they are none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// The first ten characters; what is wrong with them, or nothing.
std::string_view read_date(std::string_view text, sys_days& out) {
  if (text.size() < 10) return "input is too short";
  const int y = digits(text, 0, 4), m = digits(text, 5, 2), d = digits(text, 8, 2);
  if (y < 0) return "invalid character in year";
  if (text[4] != '-') return "invalid date separator, expected `-`";
  if (m < 0) return "invalid character in month";
  if (text[7] != '-') return "invalid date separator, expected `-`";
  if (d < 0) return "invalid character in day";
  if (m < 1 || m > 12) return "month value is outside expected range of 1-12";
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!date.ok()) return "day value is outside expected range";
  out = sys_days(date);
  return {};
}

// ".123": cut to microseconds; any number of digits, but one. Takes it off the front of `text`.
bool read_decimals(std::string_view& text, microseconds& time) {
  if (!text.starts_with('.') && !text.starts_with(',')) return true;
  std::size_t at = 1;
  int value = 0;
  for (; at < text.size() && is_digit(text[at]); ++at)
    if (at <= 6) value = value * 10 + (text[at] - '0');
  if (at == 1) return false;
  for (std::size_t places = at - 1; places < 6; ++places) value *= 10;
  time += microseconds(value);
  text.remove_prefix(at);
  return true;
}

// "12:00", "12:00:30", "12:00:30.5". Takes it off the front of `text`.
bool read_clock(std::string_view& text, microseconds& time) {
  const int hour = digits(text, 0, 2), minute = digits(text, 3, 2);
  if (hour < 0 || hour > 23 || text[2] != ':' || minute < 0 || minute > 59) return false;
  time = hours(hour) + minutes(minute);
  text.remove_prefix(5);
  if (!text.starts_with(':')) return true;
  const int second = digits(text, 1, 2);
  if (second < 0 || second > 59) return false;
  time += seconds(second);
  text.remove_prefix(3);
  return read_decimals(text, time);
}

// Nothing (it is UTC), Z, or an offset; nothing behind it.
bool read_offset(std::string_view text, minutes& offset) {
  if (text.empty() || text == "Z" || text == "z") return true;
  constexpr std::string_view minus = "\u2212";
  const bool typeset = text.starts_with(minus);
  const bool west = typeset || text.starts_with('-');
  if (!west && !text.starts_with('+')) return false;
  text.remove_prefix(typeset ? minus.size() : 1);
  const std::size_t colon = text.size() > 2 && text[2] == ':' ? 1 : 0;
  const int hour = digits(text, 0, 2), minute = digits(text, 2 + colon, 2);
  if (text.size() != 4 + colon || hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
  offset = hours(hour) + minutes(minute);
  if (west) offset = -offset;
  return true;
}

MaltiFault read_calendar(std::string_view text, SystemTime& out) {
  constexpr std::string_view separators = "Tt _";
  sys_days date;
  if (const auto error = read_date(text, date); !error.empty()) return of_date(error);
  microseconds time{};
  minutes offset{};
  std::string_view rest = text.substr(10);
  if (!rest.empty()) {
    const bool separated = separators.find(rest[0]) != std::string_view::npos;
    rest.remove_prefix(1);
    if (!separated || !read_clock(rest, time) || !read_offset(rest, offset))
      return of_date("unexpected extra characters at the end of the input");
  }
  if (date < first_good_day) return of_time(year_zero);
  out = SystemTime(date.time_since_epoch()) + time - offset;
  return {};
}

// `count` whole seconds or, beyond the watershed, milliseconds, and a part of one more. Empty: good.
std::string_view read_epoch(double count, std::int64_t whole, double part, SystemTime& out) {
  constexpr double watershed = 2e10;
  const bool in_milliseconds = count > watershed || count < -watershed;
  const double limit = in_milliseconds ? 1e15 : 1e12;
  if (count > limit) return too_late;
  if (count < -limit) return too_early;
  const std::int64_t unit = in_milliseconds ? 1'000 : 1'000'000;
  out = SystemTime(microseconds(whole * unit + std::llround(part * static_cast<double>(unit))));
  if (out >= end_of_days) return too_late;
  if (out < first_day) return too_early;
  return out < first_good_day ? year_zero : std::string_view();
}

std::string_view read_epoch(double count, SystemTime& out) {
  if (std::isnan(count)) return "NaN values not permitted";
  const double whole = std::floor(count);
  const bool is_small = whole > -1e16 && whole < 1e16;
  return read_epoch(count, is_small ? static_cast<std::int64_t>(whole) : 0, count - whole, out);
}

std::string_view read_epoch(std::int64_t count, SystemTime& out) {
  return read_epoch(static_cast<double>(count), count, 0, out);
}

// "-12", "12.5", ".5": only digits, and a point among them.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const auto is_all_digits = [](std::string_view part) {
    return part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (point == std::string_view::npos) return !text.empty() && is_all_digits(text);
  return text.size() > 1 && is_all_digits(text.substr(0, point)) && is_all_digits(text.substr(point + 1));
}

MaltiFault read_text(std::string_view text, SystemTime& out) {
  if (!is_decimal(text)) return read_calendar(text, out);
  const std::string_view number = text.substr(text.starts_with('+') ? 1 : 0);
  if (text.find('.') != std::string_view::npos) {
    const std::string_view error = read_epoch(real_of(number), out);
    if (error == year_zero) return of_time(error);
    return error.empty() ? MaltiFault{} : read_calendar(text, out);
  }
  std::int64_t whole = 0;
  if (std::from_chars(number.data(), number.data() + number.size(), whole).ec != std::errc())
    return read_calendar(text, out);
  const std::string_view error = read_epoch(whole, out);
  if (error.empty()) return {};
  return error == year_zero ? of_time(error) : of_date(error);
}

}  // namespace

MaltiFault read_time(const Reader::Value& value, std::string_view written, SystemTime& out) {
  std::string_view error;
  switch (value.kind) {
    case Reader::Kind::text: return read_text(written, out);
    case Reader::Kind::whole: {
      const bool negative = value.raw.starts_with('-');
      error = read_epoch(saturated(value.raw.substr(negative ? 1 : 0), negative), out);
      break;
    }
    case Reader::Kind::real: error = read_epoch(real_of(value.raw), out); break;
    case Reader::Kind::not_finite:
      error = value.raw == "NaN" ? "NaN values not permitted" : value.raw[0] == '-' ? too_early : too_late;
      break;
    default: return {"datetime_type", no_time, {}};
  }
  return error.empty() ? MaltiFault{} : of_time(error);
}

}  // namespace pannier::record
