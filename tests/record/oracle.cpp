#include "tests/record/oracle.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <regex>
#include <span>

#include "base/text.h"

namespace pannier::record {
namespace {

namespace dom = simdjson::dom;

bool is_number_character(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

bool is_number(const std::string& token) {
  static const std::regex grammar(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)");
  return std::regex_match(token, grammar);
}

// The code unit of a \u escape at `at`, or 0.
unsigned long unit_at(const std::string& line, std::size_t at) {
  if (at + 6 > line.size() || line[at] != '\\' || line[at + 1] != 'u') return 0;
  const std::string digits = line.substr(at + 2, 4);
  const bool hex = std::ranges::all_of(digits, [](unsigned char c) { return std::isxdigit(c) != 0; });
  return hex ? std::strtoul(digits.c_str(), nullptr, 16) : 0;
}

// The DOM refuses numbers out of its range and half surrogate pairs, which JSON's grammar allows: they are
// put out of its sight. What breaks the grammar stays as broken as it is.
std::string tamed(std::string_view original) {
  std::string line(original);
  bool in_text = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"') {
      in_text = !in_text;
    } else if (in_text && line[at] == '\\') {
      const unsigned long unit = unit_at(line, at), next = unit_at(line, at + 6);
      const bool is_pair = unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000;
      if (unit >= 0xd800 && unit < 0xe000 && !is_pair) line.replace(at + 2, 4, "0041");
      at += is_pair ? 11 : 1;
    } else if (!in_text && is_number_character(line[at])) {
      std::size_t end = at;
      while (end < line.size() && is_number_character(line[end])) ++end;
      if (is_number(line.substr(at, end - at)))
        line.replace(at, end - at, std::string(end - at - 1, ' ') + "0");
      at = end - 1;
    }
  }
  return line;
}

bool holds_not_a_number_word(std::string_view line) {
  const std::string lower = text::lower(line);
  return lower.find("nan") != std::string::npos || lower.find("inf") != std::string::npos;
}

bool is_same(dom::object object, std::string_view key, std::string_view taken) {
  std::string_view text;
  return object.at_key(key).get(text) != simdjson::SUCCESS ? taken.empty() : text == taken;
}

// The taken text is the DOM's up to a question mark.
bool is_same_path(dom::object object, std::string_view key, std::string_view taken) {
  std::string_view text;
  if (object.at_key(key).get(text) != simdjson::SUCCESS) return taken.empty();
  return text.starts_with(taken) && (text.size() == taken.size() || text[taken.size()] == '?');
}

bool is_same(dom::object object, std::string_view key, std::span<const Header> taken) {
  dom::object headers;
  if (object.at_key(key).get(headers) != simdjson::SUCCESS) return taken.empty();
  return std::ranges::equal(headers, taken, [](const dom::key_value_pair& pair, const Header& header) {
    std::string_view value;
    return pair.key == header.name && pair.value.get(value) == simdjson::SUCCESS && value == header.value;
  });
}

}  // namespace

Oracle::Syntax Oracle::judge(std::string_view line) {
  auto error = parser_.parse(line.data(), line.size()).get(root_);
  if (error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR) {
    const std::string other = tamed(line);
    error = parser_.parse(other.data(), other.size()).get(root_);
  }
  if (error == simdjson::DEPTH_ERROR) return Syntax::unknown;
  if (error != simdjson::SUCCESS) return holds_not_a_number_word(line) ? Syntax::unknown : Syntax::no_json;
  return root_.is_object() ? Syntax::object : Syntax::no_json;
}

std::string Oracle::differing_field(const Record& record) {
  dom::object object;
  if (root_.get(object) != simdjson::SUCCESS) return "root";
  if (!is_same(object, "service", record.service)) return "service";
  if (!is_same(object, "node", record.node)) return "node";
  if (!is_same(object, "method", record.method)) return "method";
  if (!is_same_path(object, "endpoint", record.endpoint)) return "endpoint";
  if (!is_same_path(object, "path", record.path)) return "path";
  if (!is_same(object, "consumer", record.consumer)) return "consumer";
  if (!is_same(object, "context", record.context)) return "context";
  if (!is_same(object, "client_ip", record.client_ip)) return "client_ip";
  if (!is_same(object, "request_headers", record.request_headers)) return "request_headers";
  if (!is_same(object, "response_headers", record.response_headers)) return "response_headers";
  double status = 0;
  if (object.at_key("status").get(status) == simdjson::SUCCESS && status != 0 && status != record.status)
    return "status";
  return {};
}

std::string Oracle::objection(std::string_view line, const Line& judged, const Record& record) {
  if (judged.kind == LineKind::blank) return text::trimmed(line).empty() ? "" : "a line was taken as blank";
  const bool is_refused =
      judged.kind == LineKind::rejected && (judged.reject == Reject::json || judged.reject == Reject::utf8);
  const Syntax syntax = judge(line);
  if (syntax == Syntax::unknown) return {};
  if (syntax == Syntax::no_json) return is_refused ? "" : "what is no JSON was taken";
  if (is_refused) return "a JSON object was refused";
  if (judged.kind != LineKind::record) return {};
  const std::string field = differing_field(record);
  return field.empty() ? "" : field + " differs";
}

}  // namespace pannier::record
