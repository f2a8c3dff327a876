// Header names, hosts, networks, user ids and secrets.
#include <algorithm>
#include <limits>
#include <tuple>

#include "base/small_file.h"
#include "base/text.h"
#include "config/value_lists.h"
#include "process/networks.h"

namespace pannier::config::reading {
namespace {

constexpr std::string_view host_characters =
    "-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

// IP addresses need no listing, and a port decides nothing.
bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 &&
         text.find_first_not_of(host_characters) == std::string_view::npos;
}

// As browsers send it: scheme, host and, where it is not the usual one, port.
bool is_origin(std::string_view text) {
  const std::string lower = text::lower(text);
  const std::size_t scheme = lower.starts_with("https://") ? 8 : lower.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || text.size() > 300) return false;
  const std::string_view rest = text.substr(scheme);
  const std::string_view host = rest.substr(0, rest.find(':'));
  const std::string_view port = rest.substr(std::min(rest.size(), host.size() + 1));
  return is_host_name(host) && port.find_first_not_of("0123456789") == std::string_view::npos;
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
    if (item.kind != Written::Kind::scalar || !is_token(item.text)) {
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

std::optional<Value> origins(const Written& node, Faults& faults) {
  return each(node, faults, [&](const Written& item, Value& value) {
    if (item.kind != Written::Kind::scalar || !is_origin(item.text)) {
      no(item, faults, quoted(item.text) + " is not an origin; write https://app.example.com");
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

std::optional<Value> networks(const Written& node, Faults& faults) {
  const bool is_none = node.items.size() == 1 && node.items.front().text == "none";
  if (is_none) {
    Value none;
    none.text = "none";
    return none;
  }
  return each(node, faults, [&](const Written& item, Value& value) {
    const bool is_text = item.kind == Written::Kind::scalar;
    if (const auto fault = process::Networks::fault(is_text ? item.text : ""); fault) {
      no(item, faults, quoted(item.text) + " " + *fault);
      return std::string();
    }
    value.items.push_back(item.text);
    return value.items.back();
  });
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
