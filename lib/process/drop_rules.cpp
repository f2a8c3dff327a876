#include "process/drop_rules.h"

#include <algorithm>

#include "base/text.h"

namespace pannier::process {
namespace {

using Kind = TextPattern::Kind;

std::optional<TextPattern> condition(std::string_view text, Kind kind) {
  if (text.empty()) return std::nullopt;
  return TextPattern(text, kind);
}

bool has_condition(const DropRule& rule) {
  return !rule.status.empty() || !rule.methods.empty() || !rule.endpoint.empty() || !rule.consumer.empty() ||
         !rule.service.empty();
}

bool is_among(std::span<const StatusRange> ranges, std::int32_t status) {
  return ranges.empty() || std::ranges::any_of(ranges, [&](const StatusRange& range) {
           return range.least <= status && status <= range.most;
         });
}

bool is_among(std::span<const std::string> methods, std::string_view method) {
  return methods.empty() || std::ranges::any_of(methods, [&](const std::string& each) {
           return text::equal_ignoring_case(each, method);
         });
}

bool allows(const std::optional<TextPattern>& condition, std::string_view text) {
  return !condition || condition->matches(text);
}

}  // namespace

std::optional<std::string> fault_in_condition(std::string_view text, TextPattern::Kind kind) {
  return text.empty() ? std::nullopt : TextPattern::fault(text, kind);
}

std::optional<Error> fault_in(std::span<const DropRule> rules) {
  std::size_t expressions = 0;
  for (const DropRule& rule : rules)
    for (const std::string* text : {&rule.endpoint, &rule.consumer, &rule.service})
      expressions += is_expression(*text) ? 1 : 0;
  return fault_in_number(expressions);
}

DropRules::DropRules(std::span<const DropRule> rules, Destination destination) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const DropRule& rule = rules[i];
    if (!rule.of.at(static_cast<std::size_t>(destination)) || !has_condition(rule)) continue;
    rules_.push_back({i, rule.status, rule.methods, condition(rule.service, Kind::name),
                      condition(rule.endpoint, Kind::path), condition(rule.consumer, Kind::name)});
  }
}

bool DropRules::Rule::holds(const record::Record& record) const {
  return is_among(status, record.status) && is_among(methods, record.method) &&
         allows(service, record.service) && allows(endpoint, record.endpoint) &&
         allows(consumer, record.consumer);
}

std::optional<std::size_t> DropRules::first_match(const record::Record& record) const {
  const auto found = std::ranges::find_if(rules_, [&](const Rule& rule) { return rule.holds(record); });
  return found == rules_.end() ? std::nullopt : std::optional(found->number);
}

}  // namespace pannier::process
