#include "tests/soak/lines.h"

#include <charconv>

#include "tests/doubles/records.h"

namespace pannier::soak {
namespace {

using doubles::numbered_line;

constexpr std::size_t digits = 12, mark_size = digits + 3;  // ~s…~

// Some are longer, so that segments and batches are not all alike.
std::string attributes_of(std::uint64_t place) {
  if (place % 50 != 3) return {};
  return "{\"note\":\"" + std::string(40 * (place % 41), 'n') + "\",\"retried\":false}";
}

}  // namespace

Kind kind_of(std::uint64_t number) {
  const std::uint64_t place = number % numbers_a_source;
  if (place % 211 == 7) return Kind::faulty;
  if (place % 401 == 9) return Kind::no_response;
  if (place % 97 == 5) return Kind::not_found;
  if (place % 4001 == 17) return Kind::poison_malti;
  if (place % 4001 == 18) return Kind::poison_otlp;
  return Kind::plain;
}

std::string_view service_of(std::uint64_t number) {
  return services[number % numbers_a_source % services.size()];
}

std::string line_of(std::uint64_t number) {
  const std::string service = "\"" + std::string(service_of(number)) + "\"";
  switch (kind_of(number)) {
    case Kind::faulty: return numbered_line(number, {{"service", service}, {"status", "99"}});
    case Kind::no_response: return numbered_line(number, {{"service", service}, {"status", "0"}});
    case Kind::not_found: return numbered_line(number, {{"service", service}, {"status", "404"}});
    default: break;
  }
  const std::string attributes = attributes_of(number % numbers_a_source);
  return numbered_line(number, {{"service", service}, {"attributes", attributes}});
}

std::vector<std::uint64_t> numbers_in(std::string_view body) {
  std::vector<std::uint64_t> numbers;
  for (std::size_t at = body.find("~s"); at != std::string_view::npos; at = body.find("~s", at + 1)) {
    if (body.size() - at < mark_size || body[at + mark_size - 1] != '~') continue;
    std::uint64_t number = 0;
    const char* const end = body.data() + at + 2 + digits;
    const auto read = std::from_chars(body.data() + at + 2, end, number);
    if (read.ec == std::errc() && read.ptr == end) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace pannier::soak
