#include "process/endpoint_rules.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "process/endpoint_name.h"
#include "process/expression.h"
#include "process/expression_list.h"
#include "process/path_tree.h"
#include "process/text_pattern.h"

namespace pannier::process {
namespace {

std::optional<std::string> fault_in_match(std::string_view match) {
  if (match.empty()) return "matches nothing; write a path such as /users/{id}";
  return TextPattern::fault(match, TextPattern::Kind::path);
}

std::optional<int> captures_of(std::string_view match) {
  return is_expression(match) ? std::optional(Expression(expression_in(match)).captures()) : std::nullopt;
}

}  // namespace

std::vector<Error> faults_in(const EndpointRule& rule) {
  std::vector<Error> faults;
  const auto in_match = fault_in_match(rule.match);
  if (in_match)
    faults.push_back({ErrorCode::invalid, "match: \"" + text::shown(rule.match) + "\" " + *in_match});
  const auto captures = in_match ? std::optional(EndpointName::most_captures) : captures_of(rule.match);
  if (const auto fault = EndpointName::fault(rule.as, captures))
    faults.push_back(
        {ErrorCode::invalid, "as: " + (rule.as.empty() ? "" : "\"" + text::shown(rule.as) + "\" ") + *fault});
  return faults;
}

std::optional<Error> fault_in(std::span<const EndpointRule> rules) {
  std::vector<std::string_view> expressions;
  for (const EndpointRule& rule : rules)
    if (is_expression(rule.match)) expressions.push_back(expression_in(rule.match));
  if (auto fault = fault_in_number(expressions.size())) return fault;
  if (expressions.size() < 2 || ExpressionSet().compile(expressions)) return std::nullopt;
  return Error{ErrorCode::invalid,
               "has expressions that are together too large; write fewer or simpler ones"};
}

struct EndpointRules::Compiled {
  PathTree paths;  // literals and patterns
  ExpressionList expressions;
  std::vector<EndpointName> names;  // by number

  explicit Compiled(std::span<const EndpointRule> rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const std::string_view match = rules[i].match;
      const bool is_sound = faults_in(rules[i]).empty();
      names.emplace_back(is_sound ? std::string_view(rules[i].as) : std::string_view());
      if (!is_sound) continue;
      is_expression(match) ? expressions.add(expression_in(match), i) : paths.add(match, i);
    }
    expressions.arrange();
  }

  [[nodiscard]] std::string_view captured(std::size_t number, std::string_view path, Arena& arena) const {
    std::array<std::string_view, EndpointName::most_captures + 1> groups;
    const EndpointName& name = names[number];
    expressions.at(number).match(path, std::span(groups).first(name.groups()));
    return name.text(groups, arena);
  }
};

EndpointRules::EndpointRules(std::span<const EndpointRule> rules)
    : compiled_(rules.empty() ? nullptr : std::make_unique<const Compiled>(rules)) {}

EndpointRules::~EndpointRules() = default;
EndpointRules::EndpointRules(EndpointRules&&) noexcept = default;

std::optional<EndpointRules::Named> EndpointRules::find(std::string_view path, Arena& arena) const {
  if (!compiled_) return std::nullopt;
  const std::size_t by_path = compiled_->paths.least_match(path, PathTree::none);
  const std::size_t number = compiled_->expressions.least_match(path, by_path);
  if (number == PathTree::none) return std::nullopt;
  const EndpointName& name = compiled_->names[number];
  if (!name.has_captures()) return Named{name.fixed_text(), number};
  return Named{compiled_->captured(number, path, arena), number};
}

}  // namespace pannier::process
