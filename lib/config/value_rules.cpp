// Endpoint rules: what a raw path becomes.
#include "base/text.h"
#include "config/value_lists.h"
#include "process/endpoint_rules.h"

namespace pannier::config::reading {
namespace {

// The text of one member of a rule; a fault where it is missing or no text.
std::string member(const Written& rule, std::string_view name, Faults& faults) {
  const Entry* entry = rule.find(name);
  if (entry == nullptr) {
    no(rule, faults, std::string("the rule lacks ").append(name).append("; write { match: …, as: … }"));
    return {};
  }
  const Written& node = entry->value;
  if (node.kind != Written::Kind::scalar || node.text.empty() || node.text.size() > 1000 ||
      !text::is_utf8(node.text) || text::has_control_character(node.text)) {
    no(node, faults, std::string(name).append(" must be a text of 1 to 1000 characters"));
    return {};
  }
  return node.text;
}

void check_rule(const process::EndpointRule& rule, const Written& node, Faults& faults) {
  if (rule.match.empty() || rule.as.empty()) return;
  for (const Error& fault : process::faults_in(rule))
    no(node.find(fault.message.starts_with("as") ? "as" : "match")->value, faults, fault.message, fault.code);
}

std::string read_rule(const Written& node, Value& value, Faults& faults) {
  if (node.kind != Written::Kind::map) {
    no(node, faults, "expected a rule; write { match: \"/users/{id}\", as: \"/users/{user_id}\" }");
    return {};
  }
  for (const Entry& entry : node.entries)
    if (entry.key != "match" && entry.key != "as")
      faults.push_back({entry.place, quoted(entry.key) + ": a rule has no such member; write match and as"});
  process::EndpointRule rule{member(node, "match", faults), member(node, "as", faults), node.place.line,
                             node.place.column};
  check_rule(rule, node, faults);
  value.rules.push_back(rule);
  return rule.match + " → " + rule.as;
}

}  // namespace

std::optional<Value> rules(const Written& node, Faults& faults) {
  auto value =
      each(node, faults, [&](const Written& item, Value& read) { return read_rule(item, read, faults); });
  if (!value) return value;
  if (const auto fault = process::fault_in(value->rules))
    return no(node, faults, fault->message, fault->code);
  return value;
}

}  // namespace pannier::config::reading
