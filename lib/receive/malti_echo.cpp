#include "receive/malti_echo.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/json_reader.h"

namespace pannier::receive {
namespace {

using json::Reader;
using Kind = json::Reader::Kind;

std::string text_of(const Reader::Value& value) {
  std::string text(value.inside().size(), '\0');
  bool has_half = false;
  text.resize(
      static_cast<std::size_t>(json::unescape_to(text.data(), value.inside(), has_half) - text.data()));
  return text;
}

// The digits that tell it from its neighbours, with an exponent where Python's repr has one.
void append_real(std::string& out, std::string_view token) {
  double number = 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), number);
  if (read.ec != std::errc()) number = std::strtod(std::string(token).c_str(), nullptr);
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  const double size = std::abs(number);
  const auto form =
      size != 0 && (size < 1e-4 || size >= 1e16) ? std::chars_format::scientific : std::chars_format::fixed;
  std::array<char, 64> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, form).ptr;
  const std::string_view written(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out += written;
  if (written.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void append_value(std::string& out, Reader& reader);

void append_list(std::string& out, Reader& reader) {
  out += '[';
  bool more = false;
  reader.enter(more);
  while (more) {
    append_value(out, reader);
    reader.next(more);
    if (more) out += ',';
  }
  out += ']';
}

void append_object(std::string& out, Reader& reader) {
  std::vector<std::pair<std::string, std::string>> members;
  bool more = false;
  reader.enter(more);
  while (more) {
    Reader::Value key;
    reader.key(key);
    const std::string name = text_of(key);
    auto member = std::ranges::find(members, name, &std::pair<std::string, std::string>::first);
    if (member == members.end()) member = members.emplace(members.end(), name, "");
    member->second.clear();
    append_value(member->second, reader);
    reader.next(more);
  }
  out += '{';
  for (const auto& [name, value] : members) {
    if (&name != &members.front().first) out += ',';
    json::append_string(out, name);
    out.append(":").append(value);
  }
  out += '}';
}

void append_scalar(std::string& out, const Reader::Value& value) {
  switch (value.kind) {
    case Kind::text: return json::append_string(out, text_of(value));
    case Kind::real: return append_real(out, value.raw);
    case Kind::not_finite: out += "null"; return;
    default: out += value.raw == "-0" ? "0" : value.raw; return;
  }
}

// As deep as half of longest_echo, at most.
void append_value(std::string& out, Reader& reader) {
  const char first = reader.peek();
  if (first == '[') return append_list(out, reader);
  if (first == '{') return append_object(out, reader);
  Reader::Value value;
  reader.value(value);
  append_scalar(out, value);
}

}  // namespace

void append_echo(std::string& out, std::string_view input) {
  if (input.size() > longest_echo) {
    json::append_string(out, std::to_string(input.size()) + " bytes, too long to be shown");
    return;
  }
  const std::string padded = std::string(input).append(Reader::readable_bytes_behind, ' ');
  Reader reader({padded.data(), input.size()});
  append_value(out, reader);
}

}  // namespace pannier::receive
