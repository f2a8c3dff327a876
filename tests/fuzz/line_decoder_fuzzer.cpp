// Any bytes as a line: the decoder rejects what a full parser refuses, and of what it accepts each field it
// took is the full parser's. What lies behind the line changes nothing.
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "record/fields.h"
#include "tests/fuzz/decoded_line.h"
#include "tests/record/oracle.h"

namespace {

namespace dom = simdjson::dom;
using namespace pannier;
using fuzz::require;
using record::LineKind;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The member's text, empty where it is absent or null: as a Record has it.
std::string_view text_of(dom::object object, std::string_view key) {
  dom::element member;
  std::string_view text;
  if (object.at_key(key).get(member) || member.is_null()) return {};
  require(!member.get(text), "a text field of a record is text");
  return text;
}

// The member's number, written as one or as decimal text.
std::optional<double> number_of(dom::object object, std::string_view key) {
  dom::element member;
  double number = 0;
  std::string_view text;
  if (object.at_key(key).get(member) || member.is_null()) return std::nullopt;
  if (!member.get(number)) return number;
  require(!member.get(text), "a number field of a record is a number or text");
  return std::strtod(std::string(text).c_str(), nullptr);
}

template <std::size_t size>
void compare_id(dom::object object, std::string_view key, const std::array<std::uint8_t, size>& taken) {
  std::array<std::uint8_t, size> expected{};
  const std::string_view digits = text_of(object, key);
  require(digits.empty() || digits.size() == 2 * size, "an id has all its digits");
  for (std::size_t i = 0; i < digits.size() / 2; ++i)
    expected[i] = static_cast<std::uint8_t>(std::stoul(std::string(digits.substr(2 * i, 2)), nullptr, 16));
  require(taken == expected, "an id is the full parser's");
}

void compare_numbers(dom::object object, const record::Record& taken) {
  const auto status = number_of(object, "status");
  require(status && *status == taken.status && taken.status >= 100 && taken.status <= 599, "the status");
  const auto ms = number_of(object, "response_time"), s = number_of(object, "response_time_s"),
             us = number_of(object, "response_time_us");
  require(ms.has_value() + s.has_value() + us.has_value() == 1, "one response time");
  const double expected = ms ? *ms : s ? *s * 1000 : *us / 1000;
  require(expected == taken.response_ms && expected >= 0 && expected <= 2147483647, "the response time");
  dom::element created_at;
  double epoch = 0;
  if (object.at_key("created_at").get(created_at) || created_at.get(epoch)) return;
  const auto micros = taken.created_at.time_since_epoch().count();
  require(taken.has_created_at && std::abs(static_cast<double>(micros) - epoch * 1e6) <= 1, "created_at");
}

void look_for_escapes(const record::Record& taken) {
  for (const std::string_view text : {taken.service, taken.node, taken.method, taken.endpoint, taken.path,
                                      taken.consumer, taken.context, taken.client_ip}) {
    require(text.find('\0') == std::string_view::npos, "no NUL in a text");
    const auto needs_escape = [](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    };
    require(!taken.is_plain || std::ranges::none_of(text, needs_escape), "a plain record needs no escaping");
  }
}

struct Keys {
  std::uint32_t unknown = 0;
  bool twice = false;  // a known one
};
Keys keys_of(dom::object object) {
  Keys keys;
  std::uint32_t seen = 0;
  for (const auto member : object) {
    const record::Field field = record::field_named(member.key);
    if (field == record::Field::unknown) {
      ++keys.unknown;
      continue;
    }
    const std::uint32_t bit = 1U << static_cast<std::uint32_t>(field);
    keys.twice = keys.twice || (seen & bit) != 0;
    seen |= bit;
  }
  return keys;
}

void judge_object(dom::object object, const record::Line& line, const record::Record& taken) {
  const Keys keys = keys_of(object);
  require(keys.twice == (line.kind == LineKind::rejected && line.reject == Reject::duplicate),
          "duplicate exactly where a known key comes twice");
  if (line.kind == LineKind::filtered) {
    const auto status = number_of(object, "status");
    require(status && (*status == 0 || *status == -1), "filtered for no response");
  }
  if (line.kind != LineKind::record) return;
  require(line.unknown_fields == keys.unknown, "unknown fields are counted");
  require(!taken.method.empty() && !(taken.endpoint.empty() && taken.path.empty()),
          "what is required is there");
  compare_numbers(object, taken);
  compare_id(object, "trace_id", taken.trace);
  compare_id(object, "span_id", taken.span);
  compare_id(object, "parent_span_id", taken.parent);
  look_for_escapes(taken);
}

void judge(std::string_view text, const record::Line& line, const record::Record& taken) {
  static record::Oracle oracle;
  static dom::parser parser;
  const std::string objection = oracle.objection(text, line, taken);
  require(objection.empty(), objection.c_str());
  require((line.kind == LineKind::blank) == is_blank(text), "white space alone is blank");
  const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
  require(utf8 == !(line.kind == LineKind::rejected && line.reject == Reject::utf8),
          "utf8 is told from json");
  dom::element root;
  dom::object object;
  if (parser.parse(text.data(), text.size()).get(root) || root.get(object)) return;
  judge_object(object, line, taken);
}

void try_helpers(std::string_view line) {
  const std::string shape = record::shape_of(line);
  require(shape.size() <= 200, "a shape has at most 200 bytes");
  require(std::ranges::all_of(shape, [](char c) { return c >= 0x20 && c < 0x7f; }), "a shape is printable");
  require(line.ends_with(record::without_syslog_header(line)), "a header is cut in front only");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static record::LineDecoder decoder, other_decoder;
  const std::string_view input = fuzz::first_line(data, size);
  const fuzz::PaddedLine padded(input, '\0'), otherwise_padded(input, '"');
  const record::Line line = decoder.decode(padded.view(), true);
  const record::Line again = other_decoder.decode(otherwise_padded.view(), true);
  require(line.kind == again.kind && line.reject == again.reject && line.filter == again.filter,
          "what lies behind the line changes nothing");
  judge(padded.view(), line, decoder.record());
  try_helpers(padded.view());
  return 0;
}
