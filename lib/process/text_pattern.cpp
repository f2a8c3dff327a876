#include "process/text_pattern.h"

#include "base/text.h"
#include "process/segments.h"

namespace pannier::process {
namespace {

bool closes_its_parameters(std::string_view pattern) {
  for (std::size_t open = 0; (open = pattern.find('{', open)) != std::string_view::npos;) {
    open = pattern.find_first_of("{}/", open + 1);
    if (open == std::string_view::npos || pattern[open] != '}') return false;
  }
  return true;
}

// Where `part` stands behind at least one character; an empty one stands behind the first.
std::size_t behind_a_character(std::string_view part, std::string_view segment) {
  if (!part.empty()) return segment.find(part, 1);  // never within a character: it begins with a whole one
  if (segment.empty()) return std::string_view::npos;
  std::size_t at = 1;
  while (at < segment.size() && (static_cast<unsigned char>(segment[at]) & 0xc0U) == 0x80U) ++at;
  return at;
}

bool matches_all(const std::vector<SegmentParts>& segments, std::string_view text) {
  Segments rest(text);
  for (const SegmentParts& parts : segments) {
    const auto segment = rest.next();
    if (!segment || !matches(parts, *segment)) return false;
  }
  return !rest.next();
}

}  // namespace

bool is_expression(std::string_view text) {
  return text.starts_with('~');
}
std::string_view expression_in(std::string_view text) {
  return text::trimmed(text.substr(1));
}
bool has_parameter(std::string_view text) {
  return text.find('{') != std::string_view::npos;
}

SegmentParts parts_of(std::string_view segment) {
  SegmentParts parts;
  for (;;) {
    const std::size_t open = segment.find('{');
    parts.emplace_back(segment.substr(0, open));
    if (open == std::string_view::npos) return parts;
    segment.remove_prefix(segment.find('}', open) + 1);
  }
}

// Each literal in the middle is taken where it stands first: what is left for the rest is then the most.
bool matches(const SegmentParts& parts, std::string_view segment) {
  const std::string& first = parts.front();
  const std::string& last = parts.back();
  if (parts.size() == 1) return segment == first;
  if (!segment.starts_with(first)) return false;
  segment.remove_prefix(first.size());
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
    const std::size_t at = behind_a_character(parts[i], segment);
    if (at == std::string_view::npos) return false;
    segment.remove_prefix(at + parts[i].size());
  }
  return segment.size() > last.size() && segment.ends_with(last);
}

TextPattern::TextPattern(std::string_view text, Kind kind) : condition_(std::string(text)) {
  if (is_expression(text)) {
    condition_ = Expression(expression_in(text));
  } else if (kind == Kind::path && has_parameter(text)) {
    Path segments;
    for (Segments rest(text); const auto segment = rest.next();) segments.push_back(parts_of(*segment));
    condition_ = std::move(segments);
  }
}

std::optional<std::string> TextPattern::fault(std::string_view text, Kind kind) {
  if (is_expression(text)) return Expression::fault(expression_in(text));
  if (kind == Kind::path && !closes_its_parameters(text))
    return "has a { that is not closed in its segment; write {name}";
  return std::nullopt;
}

bool TextPattern::matches(std::string_view text) const {
  if (const auto* literal = std::get_if<std::string>(&condition_)) return text == *literal;
  if (const auto* segments = std::get_if<Path>(&condition_)) return matches_all(*segments, text);
  return std::get<Expression>(condition_).matches(text);
}

}  // namespace pannier::process
