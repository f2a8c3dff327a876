#include "process/expression.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pannier::process {
namespace {

constexpr std::size_t most_captures = 9;
constexpr int bytes_of_one = 128 << 10;
constexpr int bytes_of_set = 8 << 20;

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

re2::RE2::Options options(int bytes) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(bytes);
  return options;
}

// \C is any byte: what it matches or leaves may be half a character.
bool cuts_characters(std::string_view text) {
  for (std::size_t at = 0; at + 1 < text.size(); ++at)
    if (text[at] == '\\' && text[++at] == 'C') return true;
  return false;
}

bool is_too_large(const re2::RE2& expression) {
  return expression.error_code() == re2::RE2::ErrorPatternTooLarge ||
         expression.error_code() == re2::RE2::ErrorRepeatSize;
}

}  // namespace

Expression::Expression(std::string_view text)
    : compiled_(std::make_unique<re2::RE2>(piece(text), options(bytes_of_one))) {}
Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;

std::optional<std::string> Expression::fault(std::string_view text) {
  if (text.empty()) return "has no expression behind ~; write ~ /v[0-9]+/.*";
  if (cuts_characters(text)) return "has \\C, which cuts characters in two; write . instead";
  const re2::RE2 compiled(piece(text), options(bytes_of_one));
  if (compiled.ok()) return std::nullopt;
  if (is_too_large(compiled))
    return "is too large (" + text::shown(compiled.error()) + "); write fewer or smaller repetitions";
  return "is not a regular expression (" + text::shown(compiled.error()) + "); see RE2's syntax";
}

bool Expression::matches(std::string_view text) const {
  return re2::RE2::FullMatch(piece(text), *compiled_);
}

bool Expression::match(std::string_view text, std::span<std::string_view> groups) const {
  std::array<re2::StringPiece, most_captures + 1> found;
  const auto count = static_cast<int>(std::min(groups.size(), found.size()));
  if (!compiled_->Match(piece(text), 0, text.size(), re2::RE2::ANCHOR_BOTH, found.data(), count))
    return false;
  for (int i = 0; i < count; ++i) {
    const re2::StringPiece& group = found.at(static_cast<std::size_t>(i));
    groups[static_cast<std::size_t>(i)] = {group.data(), group.size()};
  }
  return true;
}

int Expression::captures() const {
  return compiled_->NumberOfCapturingGroups();
}

std::optional<Error> fault_in_number(std::size_t expressions) {
  if (expressions <= most_expressions) return std::nullopt;
  return Error{ErrorCode::invalid, "has " + std::to_string(expressions) +
                                       " expressions, and at most 200 have room; write {param} patterns, or "
                                       "join some with |"};
}

struct ExpressionSet::Compiled {
  re2::RE2::Set set{options(bytes_of_set), re2::RE2::ANCHOR_BOTH};
};

ExpressionSet::ExpressionSet() = default;
ExpressionSet::~ExpressionSet() = default;
ExpressionSet::ExpressionSet(ExpressionSet&&) noexcept = default;
ExpressionSet& ExpressionSet::operator=(ExpressionSet&&) noexcept = default;

bool ExpressionSet::compile(std::span<const std::string_view> expressions) {
  auto compiled = std::make_unique<Compiled>();
  for (const std::string_view expression : expressions) compiled->set.Add(piece(expression), nullptr);
  if (!compiled->set.Compile()) return false;
  compiled_ = std::move(compiled);
  return true;
}

ExpressionSet::Answer ExpressionSet::least_match(std::string_view text, std::size_t& least) const {
  if (!compiled_) return Answer::unknown;
  thread_local std::vector<int> matches;
  re2::RE2::Set::ErrorInfo error{};
  if (!compiled_->set.Match(piece(text), &matches, &error))
    return error.kind == re2::RE2::Set::kNoError ? Answer::none : Answer::unknown;
  least = static_cast<std::size_t>(std::ranges::min(matches));
  return Answer::some;
}

}  // namespace pannier::process
