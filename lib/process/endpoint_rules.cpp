#include "process/endpoint_rules.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/text.h"

namespace pannier::process {
namespace {

bool is_expression(std::string_view match) {
  return match.starts_with('~');
}
bool is_literal(std::string_view match) {
  return !is_expression(match) && match.find('{') == std::string_view::npos;
}

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

// "/users/{id}" → "/users/[^/]+"; nothing where a { is not closed within its segment.
std::optional<std::string> expression_of_pattern(std::string_view pattern) {
  std::string out;
  for (std::size_t open = 0; (open = pattern.find('{')) != std::string_view::npos;) {
    const std::size_t close = pattern.find_first_of("{}/", open + 1);
    if (close == std::string_view::npos || pattern[close] != '}') return std::nullopt;
    out.append(re2::RE2::QuoteMeta(piece(pattern.substr(0, open)))).append("[^/]+");
    pattern.remove_prefix(close + 1);
  }
  return out.append(re2::RE2::QuoteMeta(piece(pattern)));
}

std::unique_ptr<re2::RE2> compiled(std::string_view expression) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(1 << 20);
  return std::make_unique<re2::RE2>(piece(expression), options);
}

std::optional<Error> fault_in_match(std::string_view match) {
  const auto fault = [&](std::string_view what) {
    return Error{ErrorCode::invalid, "match: \"" + text::shown(match) + "\" " + std::string(what)};
  };
  if (match.empty()) return fault("matches nothing; write a path such as /users/{id}");
  if (!is_expression(match)) {
    if (!is_literal(match) && !expression_of_pattern(match))
      return fault("has a { that is not closed in its segment; write {name}");
    return std::nullopt;
  }
  const std::string_view expression = text::trimmed(match.substr(1));
  if (expression.empty()) return fault("has no expression behind ~; write ~ /v[0-9]+/.*");
  const auto program = compiled(expression);
  if (program->ok()) return std::nullopt;
  return fault("is not a regular expression (" + text::shown(program->error()) + "); see RE2's syntax");
}

}  // namespace

struct EndpointRules::Rule {
  std::string literal;                   // without an expression
  std::unique_ptr<re2::RE2> expression;  // of a pattern too
  std::string as;

  [[nodiscard]] bool matches(std::string_view path) const {
    if (!expression) return path == literal;
    return re2::RE2::FullMatch(piece(path), *expression);
  }
};

std::optional<Error> fault_in(const EndpointRule& rule) {
  if (auto fault = fault_in_match(rule.match)) return fault;
  if (rule.as.empty())
    return Error{ErrorCode::invalid, "as: expected the endpoint's name, got nothing; write /users/{user_id}"};
  return std::nullopt;
}

EndpointRules::EndpointRules(std::span<const EndpointRule> rules) {
  for (const EndpointRule& rule : rules) {
    const std::string_view match = rule.match;
    if (fault_in(rule)) continue;
    if (is_literal(match))
      rules_.push_back({.literal = rule.match, .expression = nullptr, .as = rule.as});
    else if (is_expression(match))
      rules_.push_back(
          {.literal = {}, .expression = compiled(text::trimmed(match.substr(1))), .as = rule.as});
    else
      rules_.push_back({.literal = {}, .expression = compiled(*expression_of_pattern(match)), .as = rule.as});
  }
}

EndpointRules::~EndpointRules() = default;
EndpointRules::EndpointRules(EndpointRules&&) noexcept = default;

std::string_view EndpointRules::endpoint_for(std::string_view path) const {
  const auto rule = std::ranges::find_if(rules_, [&](const Rule& each) { return each.matches(path); });
  return rule == rules_.end() ? std::string_view() : rule->as;
}

}  // namespace pannier::process
