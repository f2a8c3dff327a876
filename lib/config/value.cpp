#include "config/value.h"

#include "base/text.h"

namespace pannier::config {

bool wants_list(Kind kind) {
  return kind == Kind::texts || kind == Kind::hosts || kind == Kind::origins || kind == Kind::uids ||
         kind == Kind::networks || kind == Kind::rules || kind == Kind::drop_rules;
}

namespace {

std::string_view kind_name(Written::Kind kind) {
  switch (kind) {
    case Written::Kind::null: return "nothing";
    case Written::Kind::scalar: return "a single value";
    case Written::Kind::list: return "a list";
    case Written::Kind::map: return "settings";
  }
  return "";
}

bool knows_none(Kind kind) {
  return kind == Kind::url || kind == Kind::secret || kind == Kind::networks || kind == Kind::pattern;
}

std::string shape_fault(const Option& option, const Written& node) {
  std::string cure(!option.example.empty() ? option.example : option.fallback);
  if (wants_list(option.kind) && !cure.starts_with('[')) cure = "[" + cure + "]";
  std::string what = std::string("expected ")
                         .append(wants_list(option.kind) ? "a list in [ ]" : "a single value")
                         .append(", got ")
                         .append(kind_name(node.kind));
  if (!cure.empty() && cure.front() != '{') what.append("; write ").append(cure).append(", or leave it out");
  return what;
}

}  // namespace

std::optional<Value> read_value(const Option& option, const Written& node, Faults& faults) {
  if (option.none && node.kind == Written::Kind::scalar && node.text == "none" && knows_none(option.kind)) {
    Value none;
    none.text = "none";
    return none;
  }
  if (option.kind == Kind::secret) return reading::secret(node, faults);
  const bool fits = node.kind == (wants_list(option.kind) ? Written::Kind::list : Written::Kind::scalar);
  if (!fits) return reading::no(node, faults, shape_fault(option, node));
  switch (option.kind) {
    case Kind::texts: return reading::texts(node, faults);
    case Kind::hosts: return reading::hosts(node, faults);
    case Kind::origins: return reading::origins(node, faults);
    case Kind::uids: return reading::uids(node, faults);
    case Kind::networks: return reading::networks(node, faults);
    case Kind::rules: return reading::rules(node, faults);
    case Kind::drop_rules: return reading::drop_rules(node, faults);
    case Kind::address: return reading::address(option, node, faults);
    case Kind::url: return reading::url(node, faults);
    case Kind::mode:
    case Kind::size:
    case Kind::duration:
    case Kind::integer:
    case Kind::fraction: return reading::number(option, node, faults);
    default: return reading::scalar(option, node, faults);
  }
}

std::optional<Value> read_entry(const Option& option, const Entry& entry, Faults& faults) {
  const auto refuse = [&](std::string what) {
    faults.push_back({entry.place, std::move(what)});
    return std::nullopt;
  };
  const bool is_service = option.kind == Kind::named_secrets;
  if (is_service ? !reading::is_name(entry.key) : !reading::is_label(entry.key))
    return refuse(quoted(entry.key) + " is no name; write 1 to 100 characters" +
                  (is_service ? " without /" : ", none of them a control"));
  auto value = is_service ? reading::secret(entry.value, faults)
                          : read_value(Option{.path = option.path, .kind = Kind::text}, entry.value, faults);
  if (value) value->name = entry.key;
  return value;
}

std::string range_text(const Option& option) {
  if (option.least.empty()) return {};
  return std::string(option.least).append(" to ").append(option.most);
}

namespace reading {

std::optional<Value> no(const Written& node, Faults& faults, std::string what, ErrorCode code) {
  faults.push_back({node.place, std::move(what), code});
  return std::nullopt;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string listed(std::string_view list, std::string_view last_join) {
  std::string out;
  const auto all = words(list);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) out.append(i + 1 == all.size() ? last_join : ", ");
    out.append(all[i]);
  }
  return out;
}

}  // namespace reading

}  // namespace pannier::config
