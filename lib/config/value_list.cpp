// Header names, user ids, endpoint rules and secrets.
#include <algorithm>
#include <limits>

#include "base/text.h"
#include "config/value.h"
#include "process/endpoint_rules.h"

namespace pannier::config::reading {
namespace {

constexpr std::size_t longest_list = 1000;
constexpr std::string_view header_characters =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_header_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 &&
         text.find_first_not_of(header_characters) == std::string_view::npos;
}

// One text for each item, which `read` turns into a value or refuses with a fault.
template <typename Read>
std::optional<Value> each(const Written& node, Faults& faults, Read read) {
  if (node.items.size() > longest_list) return no(node, faults, "has more than 1000 items");
  const std::size_t before = faults.size();
  Value value;
  value.text = "[";
  for (const Written& item : node.items) {
    if (value.text.size() > 1) value.text += ", ";
    value.text += read(item, value);
  }
  value.text += "]";
  if (faults.size() != before) return std::nullopt;
  return value;
}

bool has_capture(std::string_view as) {
  for (std::size_t i = 0; i + 1 < as.size(); ++i)
    if (as[i] == '\\' && as[i + 1] >= '0' && as[i + 1] <= '9') return true;
  return false;
}

// The text of one member of a rule; a fault where it is missing or no text.
std::string member(const Written& rule, std::string_view name, Faults& faults) {
  const Entry* entry = rule.find(name);
  if (entry == nullptr) {
    no(rule, faults, std::string("the rule lacks ").append(name).append("; write { match: …, as: … }"));
    return {};
  }
  const Written& node = entry->value;
  if (node.kind != Written::Kind::scalar || node.text.empty() || node.text.size() > 1000 ||
      text::has_control_character(node.text)) {
    no(node, faults, std::string(name).append(" must be a text of 1 to 1000 characters"));
    return {};
  }
  return node.text;
}

void check_rule(const process::EndpointRule& rule, const Written& node, Faults& faults) {
  if (rule.match.empty() || rule.as.empty()) return;
  if (const auto fault = process::fault_in(rule))
    no(node.find(fault->message.starts_with("as") ? "as" : "match")->value, faults, fault->message,
       fault->code);
  if (has_capture(rule.as))
    no(node.find("as")->value, faults, "captures in `as` are not built yet; write the endpoint in full",
       ErrorCode::not_built);
}

std::string read_rule(const Written& node, Value& value, Faults& faults) {
  if (node.kind != Written::Kind::map) {
    no(node, faults, "expected a rule; write { match: \"/users/{id}\", as: \"/users/{user_id}\" }");
    return {};
  }
  for (const Entry& entry : node.entries)
    if (entry.key != "match" && entry.key != "as")
      faults.push_back({entry.place, quoted(entry.key) + ": a rule has no such member; write match and as"});
  process::EndpointRule rule{member(node, "match", faults), member(node, "as", faults)};
  check_rule(rule, node, faults);
  value.rules.push_back(rule);
  return rule.match + " → " + rule.as;
}

std::optional<Value> secret_file(const Written& node, Faults& faults) {
  const std::size_t before = faults.size();
  for (const Entry& entry : node.entries) {
    if (entry.key == "credential")
      return no(node, faults, "credential is not built yet; write { file: PATH }", ErrorCode::not_built);
    if (entry.key != "file")
      faults.push_back({entry.place, quoted(entry.key) + ": no such source of a key; write { file: PATH }"});
  }
  if (faults.size() != before) return std::nullopt;
  const Entry* file = node.find("file");
  if (file == nullptr || file->value.kind != Written::Kind::scalar)
    return no(node, faults, "expected one file; write { file: PATH }");
  const auto path = scalar(Option{.path = "file", .kind = Kind::path}, file->value, faults);
  if (!path) return std::nullopt;
  Value value;
  value.text = "*** in " + path->text;
  value.secret.file = path->text;
  return value;
}

}  // namespace

std::optional<Value> texts(const Written& node, Faults& faults) {
  return each(node, faults, [&](const Written& item, Value& value) {
    if (item.kind != Written::Kind::scalar || !is_header_name(item.text)) {
      no(item, faults, quoted(item.text) + " is not a header's name; write x-consumer-id");
      return std::string();
    }
    value.items.push_back(text::lower(item.text));
    return value.items.back();
  });
}

std::optional<Value> uids(const Written& node, Faults& faults) {
  return each(node, faults, [&](const Written& item, Value& value) {
    const auto uid = item.kind == Written::Kind::scalar ? whole_number(item.text) : std::nullopt;
    if (!uid || *uid >= std::numeric_limits<uid_t>::max()) {
      no(item, faults, quoted(item.text) + " is not a user's number; write 1000 (see: id -u NAME)");
      return std::string();
    }
    value.uids.push_back(static_cast<uid_t>(*uid));
    return std::to_string(*uid);
  });
}

std::optional<Value> rules(const Written& node, Faults& faults) {
  return each(node, faults,
              [&](const Written& item, Value& value) { return read_rule(item, value, faults); });
}

std::optional<Value> secret(const Written& node, Faults& faults) {
  if (node.kind == Written::Kind::map) return secret_file(node, faults);
  const std::string_view key = text::trimmed(node.text);
  if (node.kind != Written::Kind::scalar || key.empty())
    return no(node, faults, "has no key; write \"${NAME}\" or { file: PATH }");
  const auto fits_header = [](char c) { return c > ' ' && c <= '~'; };
  if (key.size() > 4096 || !std::ranges::all_of(key, fits_header))
    return no(node, faults, "is not a key: blanks, controls or other than ASCII in it; write it on one line");
  Value value;
  value.text = "***";
  value.secret.secret = Secret(std::string(key));
  return value;
}

}  // namespace pannier::config::reading
