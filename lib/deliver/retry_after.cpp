#include "deliver/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <string>

#include "base/text.h"

namespace pannier::deliver {
namespace {

using std::chrono::milliseconds;

std::optional<SystemTime> http_date(const std::string& text) {
  constexpr std::array<const char*, 3> forms{"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                             "%a %b %d %H:%M:%S %Y"};
  for (const char* form : forms) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), form, &parts);
    if (end != nullptr && *end == '\0') return SystemTime(std::chrono::seconds(timegm(&parts)));
  }
  return std::nullopt;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<milliseconds> wish_of_seconds(double seconds) {
  if (!(seconds >= 0)) return std::nullopt;
  const double most = std::chrono::duration<double>(longest_wish).count();
  return milliseconds(static_cast<std::int64_t>(std::min(seconds, most) * 1000));
}

std::optional<milliseconds> retry_after(std::string_view header, SystemTime now) {
  constexpr std::size_t longest = 64;
  const std::string text(text::trimmed(header));
  if (text.size() > longest) return std::nullopt;
  if (is_digits(text)) return wish_of_seconds(std::strtod(text.c_str(), nullptr));
  const auto date = http_date(text);
  if (!date || *date < now) return std::nullopt;
  return wish_of_seconds(std::chrono::duration<double>(*date - now).count());
}

}  // namespace pannier::deliver
