// Texts, names, paths, booleans, choices and switches.
#include <algorithm>

#include "base/text.h"
#include "config/value.h"
#include "process/context.h"

namespace pannier::config::reading {
namespace {

constexpr std::size_t longest_text = 4096;
constexpr std::size_t longest_socket_path = 107;  // sun_path less its zero

Value shown_as(std::string_view text) {
  Value value;
  value.text = text;
  return value;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

// What no text of a setting may be, whatever its kind; empty: nothing is wrong.
std::string text_fault(std::string_view text) {
  if (text.empty()) return "has no value; write one, or leave it out";
  if (text.size() > longest_text) return "is longer than 4096 bytes";
  if (!text::is_utf8(text)) return quoted(text) + " is not UTF-8";
  if (text::has_control_character(text)) return quoted(text) + " has control characters; take them out";
  return {};
}

std::optional<Value> boolean(const Option& option, const Written& node, Faults& faults) {
  if (node.text != "true" && node.text != "false") {
    const std::string lower = text::lower(node.text);
    const bool meant = lower == "true" || lower == "yes" || lower == "on" || lower == "1";
    const bool refused = lower == "false" || lower == "no" || lower == "off" || lower == "0";
    return no(node, faults,
              quoted(node.text) + " is neither true nor false; write " +
                  (meant     ? "true"
                   : refused ? "false"
                             : std::string(option.fallback)));
  }
  Value value = shown_as(node.text);
  value.truth = node.text == "true";
  return value;
}

std::optional<Value> choice(const Option& option, const Written& node, Faults& faults) {
  const auto known = words(option.choices);
  if (std::ranges::find(known, node.text) != known.end()) return shown_as(node.text);
  const auto later = words(option.later);
  if (std::ranges::find(later, node.text) != later.end())
    return no(node, faults, node.text + " is not built yet; write " + listed(option.choices, " or "),
              ErrorCode::not_built);
  return no(node, faults, quoted(node.text) + " is not known here; write " + listed(option.choices, " or "));
}

std::optional<Value> on_or_off(const Written& node, Faults& faults) {
  if (node.text != "on" && node.text != "off")
    return no(node, faults, "expected settings, or off; got " + quoted(node.text));
  Value value = shown_as(node.text);
  value.truth = node.text == "on";
  return value;
}

}  // namespace

bool is_label(std::string_view text) {
  return text_fault(text).empty() && characters(text) <= 100;
}

bool is_name(std::string_view text) {
  return is_label(text) && text.find('/') == std::string_view::npos;
}

std::optional<Value> scalar(const Option& option, const Written& node, Faults& faults) {
  if (std::string fault = text_fault(node.text); !fault.empty()) return no(node, faults, std::move(fault));
  switch (option.kind) {
    case Kind::boolean: return boolean(option, node, faults);
    case Kind::choice: return choice(option, node, faults);
    case Kind::group: return on_or_off(node, faults);
    case Kind::name:
      if (!is_name(node.text))
        return no(node, faults, quoted(node.text) + " is no name; write 1 to 100 characters without /");
      break;
    case Kind::pattern:
      if (const auto fault = process::ContextTemplate::fault(node.text))
        return no(node, faults, quoted(node.text) + " " + *fault);
      break;
    case Kind::socket:
      if (node.text.size() > longest_socket_path)
        return no(node, faults,
                  quoted(node.text) + " is too long for a socket; write a path of at most 107 bytes");
      break;
    default: break;
  }
  return shown_as(node.text);
}

}  // namespace pannier::config::reading
