#include "base/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace pannier::units {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;
constexpr std::array<Unit, 4> sizes{
    {{"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"B", 1}}};
constexpr std::array<Unit, 6> times{{{"d", 86'400'000'000},
                                     {"h", 3'600'000'000},
                                     {"min", 60'000'000},
                                     {"s", 1'000'000},
                                     {"ms", 1000},
                                     {"us", 1}}};

template <std::size_t N>
std::optional<std::uint64_t> unit_named(const std::array<Unit, N>& units, std::string_view name) {
  for (const auto& [known, factor] : units)
    if (name == known) return factor;
  return std::nullopt;
}

template <std::size_t N>
std::string in_largest_unit(const std::array<Unit, N>& units, std::uint64_t amount) {
  for (const auto& [name, factor] : units)
    if (amount != 0 && amount % factor == 0) return std::to_string(amount / factor).append(name);
  return "0" + std::string(units.back().first);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t amount = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (fault != std::errc()) return std::nullopt;
  const auto factor = unit_named(sizes, text.substr(static_cast<std::size_t>(end - text.data())));
  if (!factor || amount > (1ULL << 62U) / *factor) return std::nullopt;
  return amount * *factor;
}

std::optional<std::chrono::microseconds> parse_duration(std::string_view text) {
  double amount = 0;
  const auto [end, fault] =
      std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
  if (fault != std::errc() || !(amount >= 0)) return std::nullopt;
  const auto factor = unit_named(times, text.substr(static_cast<std::size_t>(end - text.data())));
  if (!factor) return std::nullopt;
  const double micros = std::round(amount * static_cast<double>(*factor));
  if (!(micros < 1e17) || (micros == 0 && amount > 0)) return std::nullopt;
  return std::chrono::microseconds(static_cast<std::int64_t>(micros));
}

std::string size_text(std::uint64_t bytes) {
  return in_largest_unit(sizes, bytes);
}

std::string duration_text(std::chrono::microseconds duration) {
  if (duration.count() == 0) return "0s";
  return in_largest_unit(times, static_cast<std::uint64_t>(duration.count()));
}

std::string about(std::chrono::seconds duration) {
  const std::int64_t s = duration.count();
  const auto pair = [](std::int64_t a, const char* first, std::int64_t b, const char* second) {
    return std::to_string(a) + first + (b ? " " + std::to_string(b) + second : "");
  };
  if (s >= 86400) return pair(s / 86400, "d", s % 86400 / 3600, "h");
  if (s >= 3600) return pair(s / 3600, "h", s % 3600 / 60, "min");
  if (s >= 60) return pair(s / 60, "min", s % 60, "s");
  return std::to_string(s) + "s";
}

}  // namespace pannier::units
