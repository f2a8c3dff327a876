#include "observe/exposition.h"

#include <array>
#include <charconv>
#include <cmath>

namespace pannier::observe {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

}  // namespace

void Exposition::family(std::string_view name, std::string_view help, std::string_view type) {
  name_ = name;
  out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void Exposition::sample(Labels labels, double value) {
  if (std::isnan(value)) return line(labels, "NaN");
  if (std::isinf(value)) return line(labels, value < 0 ? "-Inf" : "+Inf");
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  line(labels, {digits.data(), end});
}

void Exposition::line(Labels labels, std::string_view value) {
  out_ += name_;
  char before = '{';
  for (const auto& [name, text] : labels) {
    out_.append(1, std::exchange(before, ',')).append(name).append("=\"");
    append_escaped(out_, text);
    out_ += '"';
  }
  if (labels.size() != 0) out_ += '}';
  out_.append(" ").append(value).append("\n");
}

}  // namespace pannier::observe
