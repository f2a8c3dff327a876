#include "record/time_text.h"

namespace pannier::record {
namespace {

using std::chrono::microseconds;

class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  [[nodiscard]] bool done() const { return at_ == end_; }
  [[nodiscard]] char peek() const { return at_ == end_ ? '\0' : *at_; }
  bool take(char wanted) {
    if (peek() != wanted || done()) return false;
    ++at_;
    return true;
  }
  // `count` decimal digits; -1 where there are fewer.
  int digits(int count) {
    if (end_ - at_ < count) return -1;
    int value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      if (*at_ < '0' || *at_ > '9') return -1;
      value = value * 10 + (*at_ - '0');
    }
    return value;
  }
  // Decimals as microseconds; -1 where there is none.
  int decimals() {
    int value = 0, places = 0;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_, ++places)
      if (places < 6) value = value * 10 + (*at_ - '0');
    if (places == 0) return -1;
    for (; places < 6; ++places) value *= 10;
    return value;
  }

 private:
  const char* at_;
  const char* end_;
};

std::optional<std::chrono::sys_days> parse_date(Reader& in) {
  const int year = in.digits(4);
  if (year < 0 || !in.take('-')) return std::nullopt;
  const int month = in.digits(2);
  if (month < 0 || !in.take('-')) return std::nullopt;
  const int day = in.digits(2);
  if (day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<microseconds> parse_time(Reader& in) {
  const int hour = in.digits(2);
  if (hour < 0 || hour > 23 || !in.take(':')) return std::nullopt;
  const int minute = in.digits(2);
  if (minute < 0 || minute > 59) return std::nullopt;
  int second = 0, micros = 0;
  if (in.take(':')) {
    second = in.digits(2);
    if (second < 0 || second > 60) return std::nullopt;
    if (in.take('.') || in.take(',')) micros = in.decimals();
    if (micros < 0) return std::nullopt;
  }
  return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
         microseconds(micros);
}

std::optional<std::chrono::minutes> parse_offset(Reader& in) {
  if (in.take('Z') || in.take('z')) return std::chrono::minutes(0);
  const bool west = in.peek() == '-';
  if (!in.take('+') && !in.take('-')) return std::nullopt;
  const int hours = in.digits(2);
  if (hours < 0 || hours > 23) return std::nullopt;
  int minutes = 0;
  if (!in.done()) {
    in.take(':');
    minutes = in.digits(2);
    if (minutes < 0 || minutes > 59) return std::nullopt;
  }
  const std::chrono::minutes offset(hours * 60 + minutes);
  return west ? -offset : offset;
}

char* write_digits(char* out, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + count;
}

// Dates change once a day: the last one is kept.
char* write_date(char* out, std::chrono::sys_days day) {
  thread_local std::chrono::sys_days last{std::chrono::days(-1000000)};
  thread_local char text[11];
  if (day != last) {
    const std::chrono::year_month_day date(day);
    char* at = write_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    *at++ = '-';
    at = write_digits(at, static_cast<unsigned>(date.month()), 2);
    *at++ = '-';
    at = write_digits(at, static_cast<unsigned>(date.day()), 2);
    *at = 'T';
    last = day;
  }
  for (int i = 0; i < 11; ++i) out[i] = text[i];
  return out + 11;
}

}  // namespace

std::optional<SystemTime> parse_iso8601(std::string_view text) {
  Reader in(text);
  const auto date = parse_date(in);
  if (!date || !(in.take('T') || in.take('t') || in.take(' '))) return std::nullopt;
  const auto time = parse_time(in);
  if (!time) return std::nullopt;
  const auto offset = parse_offset(in);
  if (!offset || !in.done()) return std::nullopt;
  return SystemTime(date->time_since_epoch()) + *time - *offset;
}

char* write_utc(char* out, SystemTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto micros = static_cast<std::uint64_t>((time - day).count());
  const auto seconds = static_cast<unsigned>(micros / 1'000'000);
  out = write_date(out, day);
  out = write_digits(out, seconds / 3600, 2);
  *out++ = ':';
  out = write_digits(out, seconds / 60 % 60, 2);
  *out++ = ':';
  out = write_digits(out, seconds % 60, 2);
  *out++ = '.';
  out = write_digits(out, static_cast<unsigned>(micros % 1'000'000), 6);
  *out++ = 'Z';
  return out;
}

}  // namespace pannier::record
