// Header names, hosts, user ids, endpoint rules and secrets.
#include <algorithm>
#include <limits>
#include <tuple>

#include "base/small_file.h"
#include "base/text.h"
#include "config/value.h"
#include "process/endpoint_rules.h"

namespace pannier::config::reading {
namespace {

constexpr std::size_t longest_list = 1000;
constexpr std::string_view header_characters =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

constexpr std::string_view host_characters =
    "-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_header_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 &&
         text.find_first_not_of(header_characters) == std::string_view::npos;
}

// IP addresses need no listing, and a port decides nothing.
bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 &&
         text.find_first_not_of(host_characters) == std::string_view::npos;
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

// systemd's credentials are files in one folder: a name must not lead out of it.
bool is_credential_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && text.front() != '.' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string_view::npos;
}

std::optional<Value> secret_source(const Written& node, Faults& faults) {
  constexpr std::string_view cure = "write { file: PATH } or { credential: NAME }";
  for (const Entry& entry : node.entries)
    if (entry.key != "file" && entry.key != "credential")
      return no(node, faults, quoted(entry.key) + ": no such source of a key; " + std::string(cure));
  if (node.entries.size() != 1 || node.entries.front().value.kind != Written::Kind::scalar)
    return no(node, faults, "expected one source; " + std::string(cure));
  const auto& [key, written] = std::tie(node.entries.front().key, node.entries.front().value);
  Value value;
  if (key == "credential") {
    if (!is_credential_name(written.text))
      return no(written, faults, quoted(written.text) + " is not a credential's name; write malti-key");
    value.text = "*** in credential " + written.text;
    value.secret.credential = written.text;
    return value;
  }
  const auto path = scalar(Option{.path = "file", .kind = Kind::path}, written, faults);
  if (!path) return std::nullopt;
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

std::optional<Value> hosts(const Written& node, Faults& faults) {
  return each(node, faults, [&](const Written& item, Value& value) {
    if (item.kind != Written::Kind::scalar || !is_host_name(item.text)) {
      no(item, faults, quoted(item.text) + " is not a host's name without port; write metrics.example.com");
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
  if (node.kind == Written::Kind::map) return secret_source(node, faults);
  const std::string_view key = text::trimmed(node.text);
  if (node.kind != Written::Kind::scalar || key.empty())
    return no(node, faults, "has no key; write \"${NAME}\" or { file: PATH }");
  if (!is_secret_text(key))
    return no(node, faults, "is not a key: blanks, controls or other than ASCII in it; write it on one line");
  Value value;
  value.text = "***";
  value.secret.secret = Secret(std::string(key));
  return value;
}

}  // namespace pannier::config::reading
