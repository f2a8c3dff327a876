#include "record/fields.h"
#include "record/line_decoder.h"

namespace pannier::record {
namespace {

constexpr std::size_t shown_bytes = 200;

char shape_of_byte(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return 'a';
  if (c >= '0' && c <= '9') return '9';
  return c >= 0x20 && c < 0x7f ? c : '?';
}

// The length of `"name":` where a known field's name is written as a key at `line[at]`, else 0.
std::size_t known_key_at(std::string_view line, std::size_t at) {
  if (line[at] != '"') return 0;
  const std::size_t close = line.find('"', at + 1);
  if (close == std::string_view::npos || close - at > 20) return 0;
  const std::size_t next = line.find_first_not_of(" \t", close + 1);
  if (next == std::string_view::npos || line[next] != ':') return 0;
  return field_named(line.substr(at + 1, close - at - 1)) == Field::unknown ? 0 : close + 1 - at;
}

}  // namespace

std::string shape_of(std::string_view line) {
  std::string shape;
  line = line.substr(0, shown_bytes);
  for (std::size_t at = 0; at < line.size();) {
    if (const std::size_t key = known_key_at(line, at)) {
      shape.append(line.substr(at, key));
      at += key;
    } else {
      shape += shape_of_byte(line[at++]);
    }
  }
  return shape;
}

std::string_view without_syslog_header(std::string_view line) {
  constexpr std::size_t longest_header = 512;
  if (line.empty() || line[0] != '<') return line;
  std::size_t at = 1;
  while (at < line.size() && at <= 3 && line[at] >= '0' && line[at] <= '9') ++at;
  if (at == 1 || at >= line.size() || line[at] != '>') return line;
  const std::size_t body = line.substr(0, longest_header).find('{', at);
  return body == std::string_view::npos ? line : line.substr(body);
}

}  // namespace pannier::record
